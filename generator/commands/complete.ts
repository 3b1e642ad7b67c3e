import type { Argument, Command, Option } from 'commander';

/** What a shell can offer for the word that is being written. */
export interface Completion {
  /** Whether the shell itself completes paths. */
  readonly kind: 'words' | 'files' | 'folders';
  readonly candidates: readonly Candidate[];
}

export interface Candidate {
  readonly word: string;
  readonly does: string;
}

const NOTHING: Completion = { kind: 'words', candidates: [] };

/**
 * Completes the last of the words behind the program's name by what the commands declare of themselves: their options and arguments, the choices of
 * these, and by the word between the brackets files, folders and services.
 */
export function complete(program: Command, words: readonly string[], services: () => readonly string[]): Completion {
  const [current = '', ...rest] = words.filter((word) => word !== '=').toReversed();
  const before = rest.toReversed();
  const [name, ...given] = before;
  const found =
    name === undefined || name === 'help' ? commandsOf(program) : completeIn(commandNamed(program, name), given, current);
  const { kind, candidates } = found === 'services' ? wordsOf(services(), 'a service of values.yaml') : found;
  return { kind, candidates: candidates.filter(({ word }) => word.startsWith(current)) };
}

type Found = Completion | 'services';

function commandsOf(program: Command): Completion {
  const commands = program.commands.map((command) => ({ word: command.name(), does: command.description() }));
  return { kind: 'words', candidates: [...commands, { word: 'help', does: 'what a command does, with examples' }] };
}

function commandNamed(program: Command, name: string): Command | undefined {
  return program.commands.find((command) => command.name() === name);
}

function completeIn(command: Command | undefined, given: readonly string[], current: string): Found {
  if (command === undefined) return NOTHING;
  const awaiting = optionAwaiting(command, given.at(-1));
  if (awaiting) return valuesOf(awaiting, placeholderOf(awaiting.flags));
  const isOperand = (word: string, index: number): boolean =>
    !word.startsWith('-') && optionAwaiting(command, given[index - 1]) === undefined;
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[given.filter(isOperand).length] ?? (last?.variadic ? last : undefined);
  if (argument && !current.startsWith('-')) return valuesOf(argument, argument.name());
  return optionsOf(command, given);
}

/** The option that the word names, if a value must follow it. */
function optionAwaiting(command: Command, word = ''): Option | undefined {
  return command.options.find((option) => option.required && option.long === word);
}

function placeholderOf(flags: string): string {
  return /<([\w-]+)>/.exec(flags)?.[1] ?? '';
}

function valuesOf({ argChoices }: Pick<Option | Argument, 'argChoices'>, placeholder: string): Found {
  if (argChoices) return wordsOf(argChoices, '');
  switch (placeholder) {
    case 'file':
      return { kind: 'files', candidates: [] };
    case 'dir':
      return { kind: 'folders', candidates: [] };
    case 'service':
      return 'services';
    default:
      return NOTHING;
  }
}

function wordsOf(words: readonly string[], does: string): Completion {
  return { kind: 'words', candidates: words.map((word) => ({ word, does })) };
}

function optionsOf(command: Command, given: readonly string[]): Completion {
  const options = command.createHelp().visibleOptions(command);
  const candidates = options
    .filter((option) => !given.includes(option.long ?? ''))
    .map(({ long, description }) => ({ word: long ?? '', does: description }));
  return { kind: 'words', candidates };
}
