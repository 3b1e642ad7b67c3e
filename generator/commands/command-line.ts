import { Command } from 'commander';
import { readVersion } from '../generate/read/project.ts';
import { Interruption } from '../laptop/interruption.ts';
import { explain, FAILED, INTERRUPTED } from './errors.ts';

/** Every command by its name: what help says of it, and the way to load its file. */
export type Commands = Readonly<Record<string, Entry>>;

interface Entry {
  readonly does: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Runs the command that the arguments name. Whatever it throws is explained here, and nowhere else. */
export async function runCommandLine(commands: Commands): Promise<void> {
  process.stdout.on('error', endQuietly);
  try {
    const program = await makeProgram(commands, nameIn(process.argv.slice(2)));
    await program.parseAsync();
  } catch (error) {
    process.exitCode = error instanceof Interruption ? INTERRUPTED : FAILED;
    if (process.exitCode !== INTERRUPTED) console.error(explain(error));
  }
}

/** The command that the arguments are about: `plan --json`, `help plan`. */
function nameIn([first, second]: readonly string[]): string | undefined {
  return first === 'help' ? second : first;
}

/** Loads the named command alone: `generate` needs no driver of PostgreSQL. Help, and a name that nobody has, need none. */
async function makeProgram(commands: Commands, name = ''): Promise<Command> {
  const program = new Command('shared-postgresql')
    .version(readVersion())
    .description('One PostgreSQL, many services, declared in one file.');
  for (const [each, { does, load }] of Object.entries(commands)) {
    const { command } = each === name ? await load() : { command: new Command(each) };
    program.addCommand(command.description(does));
  }
  return program;
}

/** Whoever reads may stop reading: `… | head`. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
