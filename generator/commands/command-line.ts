import { Command } from 'commander';
import { readVersion } from '../generate/read/project.ts';
import { explain, FAILED } from './errors.ts';

/** Every command by its name, each with the way to load its file. */
export type Commands = Readonly<Record<string, () => Promise<{ readonly command: Command }>>>;

/** Runs the command that the arguments name. Whatever it throws is explained here, and nowhere else. */
export async function runCommandLine(commands: Commands): Promise<void> {
  process.stdout.on('error', endQuietly);
  try {
    const program = await makeProgram(commands, process.argv[2]);
    await program.parseAsync();
  } catch (error) {
    console.error(explain(error));
    process.exitCode = FAILED;
  }
}

/** Loads the named command alone: `generate` needs no driver of PostgreSQL. Help, and a name that nobody has, need all. */
async function makeProgram(commands: Commands, name = ''): Promise<Command> {
  const program = new Command('shared-postgresql')
    .version(readVersion())
    .description('One PostgreSQL, many services, declared in one file.');
  const named = Object.entries(commands).filter(([each]) => each === name);
  const loading = named.length > 0 ? named.map(([, load]) => load()) : Object.values(commands).map((load) => load());
  for (const { command } of await Promise.all(loading)) program.addCommand(command);
  return program;
}

/** Whoever reads may stop reading: `… | head`. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
