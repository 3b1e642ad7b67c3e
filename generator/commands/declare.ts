import { Command, Option, type Argument } from 'commander';
import type { ExitCode } from './endings.ts';
import { makeTalk, type Line, type Talk } from './talk.ts';

/** One way to use a command. A test parses each by the real options, and runs those that need no server. */
export interface Example {
  readonly run: string;
  readonly does: string;
}

/**
 * A command as it declares itself. All else follows: its help, --json and --quiet, its exit code, how it is completed. What it does comes as
 * data, once; `print` says what a person reads of that, and --json gives it as it is.
 */
export interface Declaration<Given extends unknown[], Data extends object> {
  readonly name: string;
  readonly arguments?: readonly Argument[];
  readonly options: readonly Option[];
  readonly examples: readonly Example[];
  readonly run: (talk: Talk<Data>, ...given: Given) => Promise<ExitCode>;
  readonly print: (data: Data) => readonly Line[];
}

const JSON_OPTION = new Option('--json', 'print one JSON document, and all else on standard error');
const QUIET_OPTION = new Option('--quiet', 'print problems and what was asked for, and nothing else');
const DEBUG_OPTION = new Option('--debug', 'print the stack of whatever is thrown');

/** The command for commander. */
export function declare<Given extends unknown[], Data extends object>(declaration: Declaration<Given, Data>): Command {
  const { name, options, examples, run, print } = declaration;
  const command = new Command(name);
  for (const argument of declaration.arguments ?? []) command.addArgument(argument);
  for (const option of [...options, JSON_OPTION, QUIET_OPTION, DEBUG_OPTION]) command.addOption(option);
  return command.addHelpText('after', `\n${helpOn(examples)}`).action(async (...given: Given) => {
    const { json, quiet } = command.opts<{ json?: boolean; quiet?: boolean }>();
    process.exitCode = await run(makeTalk({ command: name, json, quiet, print }), ...given);
  });
}

function helpOn(examples: readonly Example[]): string {
  const lines = examples.map(({ run, does }) => `  # ${does}\n  ${run}\n`);
  return `Examples:\n${lines.join('\n')}`;
}
