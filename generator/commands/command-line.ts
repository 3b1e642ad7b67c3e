import { Command, CommanderError } from 'commander';
import { readVersion } from '../generate/read/project.ts';
import { ENDINGS } from './endings.ts';

/** Every command by its name: what help says of it, and the way to load its file. */
export type Commands = Readonly<Record<string, Entry>>;

interface Entry {
  readonly does: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Runs the command that the arguments name. Whatever it throws is explained here, and nowhere else. */
export async function runCommandLine(commands: Commands): Promise<void> {
  process.stdout.on('error', endQuietly);
  process.on('uncaughtException', (error) => void tell(error).finally(() => process.exit()));
  try {
    const args = meantBy(process.argv.slice(2), commands);
    if (args.filter((word) => /^--values(=|$)/.test(word)).length > 1) throw new CommanderError(1, 'values', SEVERAL);
    const program = await makeProgram(commands, args);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    await tell(error);
  }
}

/** Helm would merge them; commander takes the last, and the services of the others would be gone. */
const SEVERAL =
  "the option '--values' stands here more than once: all services are in one file\n" +
  '(Name that one. What differs where it is installed is for Helm: its -f and --set change knobs.)';

/** Help of a command that is not there (`help genrate`, `genrate --help`) is told as that command is: commander shows the help of all. */
function meantBy(args: readonly string[], commands: Commands): readonly string[] {
  const [named = '-'] = args[0] === 'help' ? args.slice(1) : args;
  return named.startsWith('-') || named === 'help' || Object.hasOwn(commands, named) ? args : [named];
}

/** Loads the commands that the arguments name (`plan --json`, `help plan`) alone: `generate` needs no driver of PostgreSQL, and help nothing. */
async function makeProgram(commands: Commands, args: readonly string[]): Promise<Command> {
  const program = withManners(new Command('shared-postgresql'))
    .version(readVersion())
    .description('One PostgreSQL, many services, declared in one file.')
    .addHelpText('after', HELP);
  for (const [each, { does, load }] of Object.entries(commands)) {
    const { command } = args.includes(each) ? await load() : { command: new Command(each) };
    program.addCommand(withManners(command).description(does));
  }
  return program;
}

const HELP = `
Each command has examples: shared-postgresql help generate
Where to begin: "shared-postgresql init" writes a values.yaml, "shared-postgresql dev" runs what it declares on this machine.`;

/** Whatever commander has to say of wrong usage is told as all other problems are. */
function withManners(command: Command): Command {
  return command.exitOverride().configureOutput({ outputError: () => undefined });
}

/** What commander calls it when it showed help or the version: nothing more is to be said. */
const HELPED = new Set(['commander.help', 'commander.helpDisplayed', 'commander.version']);

/** Tells on standard error what went wrong, or as a document, and sets the exit code. */
async function tell(error: unknown): Promise<void> {
  if (error instanceof CommanderError && HELPED.has(error.code)) {
    process.exitCode = error.exitCode === 0 ? ENDINGS.fine.code : ENDINGS.misused.code;
    return;
  }
  const { explain } = await import('./errors.ts');
  const { documentOf, hasTold } = await import('./talk.ts');
  const { paint } = await import('./paint.ts');
  const { code, text, problems } = explain(error);
  process.exitCode = code;
  if (isDebugging()) console.error(error);
  if (code === ENDINGS.interrupted.code) return;
  const [command = '', ...options] = process.argv.slice(2);
  if (options.includes('--json') && !hasTold()) process.stdout.write(documentOf({ command, exitCode: code, problems }));
  else console.error(paint('finding', text, process.stderr));
}

function isDebugging(): boolean {
  return process.argv.includes('--debug') || !['', '0', undefined].includes(process.env['SHARED_POSTGRESQL_DEBUG']);
}

/** Whoever reads may stop reading: `… | head`. A file in the place of a reader may be on a full disk. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw Object.assign(error, { path: 'standard output' });
  process.exit();
}
