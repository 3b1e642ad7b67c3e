import { Argument, type Command } from 'commander';
import { isRecord } from '../generate/fields.ts';
import { InputError } from '../generate/problem.ts';
import { parseValues } from '../generate/parse.ts';
import { readCompletions } from '../generate/read/project.ts';
import { readValuesText } from '../generate/read/texts.ts';
import { complete, type Completion } from './complete.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { result, type Line, type Talk } from './talk.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

type Shell = (typeof SHELLS)[number];

export const command = declare({
  name: 'completion',
  arguments: [
    new Argument('<shell>', 'whose it is').choices(SHELLS),
    new Argument('[words...]', 'behind --, by the script: the words so far, of which the last is completed'),
  ],
  options: [],
  examples: [
    { run: 'source <(shared-postgresql completion bash)', does: 'in ~/.bashrc; the same with zsh in ~/.zshrc' },
    { run: 'shared-postgresql completion fish | source', does: 'in ~/.config/fish/config.fish' },
  ],
  run,
  print,
});

interface Completed {
  readonly shell: Shell;
  /** The script for the shell, or what it can offer for the last of the words. */
  readonly script?: string;
  readonly completion?: Completion;
}

// Commander hands its own command over behind what was given.
async function run(talk: Talk<Completed>, shell: Shell, words: readonly string[], _: object, own: Command): Promise<ExitCode> {
  const program = own.parent;
  const told: Completed =
    words.length === 0 || program === null
      ? { shell, script: scriptOf(shell) }
      : { shell, completion: complete(program, words, () => servicesIn(valuesNamedIn(words))) };
  return Promise.resolve(talk.tell(ENDINGS.fine.code, told));
}

function print({ shell, script, completion }: Completed): Line[] {
  if (completion === undefined) return [result((script ?? '').trimEnd())];
  const lines = completion.candidates.map(({ word, does }) => FORMATS[shell](word, does.split('; ')[0] ?? ''));
  return [completion.kind, ...lines].map(result);
}

/** A candidate as each shell wants it. */
const FORMATS: Readonly<Record<Shell, (word: string, does: string) => string>> = {
  bash: (word) => word,
  zsh: (word, does) => (does === '' ? word : `${word}:${does.replaceAll(':', '\\:')}`),
  fish: (word, does) => (does === '' ? word : `${word}\t${does}`),
};

function scriptOf(shell: Shell): string {
  const scripts = readCompletions();
  return scripts.get(`${shell}.sh`) ?? scripts.get(`${shell}.fish`) ?? '';
}

function valuesNamedIn(words: readonly string[]): string {
  return words[words.indexOf('--values') + 1 || words.length] ?? 'values.yaml';
}

/** The services that a values.yaml declares; none when it cannot be read: somebody is in the middle of a line. */
function servicesIn(file: string): string[] {
  try {
    const { values } = parseValues(file, readValuesText(file));
    const services = isRecord(values) ? values['services'] : undefined;
    return isRecord(services) ? Object.keys(services) : [];
  } catch (error) {
    if (error instanceof InputError) return [];
    throw error;
  }
}
