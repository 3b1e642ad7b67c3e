import { Option } from 'commander';
import { join } from 'node:path';
import { markdownTable } from 'markdown-table';
import { printableLine } from '../generate/printable.ts';
import { isRecord } from '../generate/fields.ts';
import type { Generated } from '../generate/generate.ts';
import { readInput, type InputWithChart } from '../generate/read.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { count, linesOfPaths } from './lists.ts';
import type * as Generating from './generating.ts';
import { outOption, valuesOption, type Out, type Values } from './options.ts';
import { nameOutcome, recall } from './remembered.ts';
import { aside, note, type Line, type Talk } from './talk.ts';

interface Empty {
  readonly allowEmpty?: boolean;
}

export const command = declare({
  name: 'generate',
  options: [
    valuesOption,
    outOption,
    new Option('--allow-empty', 'take the list of services for empty although the chart has some'),
  ],
  examples: [
    { run: 'shared-postgresql generate', does: 'after every edit of values.yaml: writes what changed of the chart' },
    { run: 'shared-postgresql generate --quiet', does: 'only what is worth a look: who will be locked out, what restarts' },
    { run: 'shared-postgresql generate --values values.yaml --out deploy/chart', does: 'a whole chart in another folder' },
  ],
  run: async (talk, options: Values & Out & Empty): Promise<ExitCode> =>
    talk.tell(ENDINGS.fine.code, await writeChart(talk, options)),
  print: printWritten,
});

/** What generating did. Paths are relative to the folder of the chart. */
export interface Written {
  readonly services: number;
  /** The chart's, as it was named. */
  readonly folder: string;
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
  readonly notes: readonly string[];
  /** What connections, memory and disk are divided into. */
  readonly budget: Generated['table'];
  readonly seconds: number;
}

/** Writes the chart, unless the last run left what this one reads. Throws InputError with every problem of the input. */
export async function writeChart(
  talk: Pick<Talk<Written>, 'during' | 'progress'>,
  { values, out, allowEmpty = false }: Values & Out & Empty,
): Promise<Written> {
  const started = performance.now();
  const input = await talk.during(`reading ${values}`, () => Promise.resolve(readInput({ values, out })));
  const done = recallDone(input) ?? (await bringInLine(talk, input, { out, allowEmpty }));
  return { ...done, folder: out, seconds: Math.round(performance.now() - started) / 1000 };
}

/** The same without what is another in every run. */
export type Done = Omit<Written, 'folder' | 'seconds'>;

/** Checking and rendering a thousand services takes longer than all else, and what does it is loaded when it is needed. */
async function bringInLine(...given: Parameters<typeof Generating.bringInLine>): Promise<Done> {
  const generating = await import('./generating.ts');
  return generating.bringInLine(...given);
}

function recallDone(input: InputWithChart): Done | undefined {
  const name = nameOutcome(input);
  const known = name === undefined ? undefined : recall(name);
  return isDone(known) ? known : undefined;
}

/** It was written whole or not at all, by bringInLine. */
function isDone(data: unknown): data is Done {
  return isRecord(data) && ['services', 'written', 'removed', 'unchanged', 'notes', 'budget'].every((key) => key in data);
}

/** What was written, left and removed, how long it took, and what there is and what is taken of it. */
export function printWritten({ services, folder, written, removed, unchanged, notes, budget, seconds }: Written): Line[] {
  // Beside the values.yaml that people edit, the chart has one too.
  const inFolder = (path: string): string => join(folder, path);
  const rows = budget.map(({ what, arithmetic, result }) => [what, arithmetic, result]);
  return [
    ...[...linesOfPaths('wrote  ', written.map(inFolder)), ...linesOfPaths('removed', removed.map(inFolder))].map(aside),
    ...notes.map((each) => note(printableLine(`note: ${each}`))),
    aside(
      `${count(services, 'service')}: ${count(written.length, 'file')} written, ` +
        `${unchanged} left as they were, ${removed.length} removed, in ${seconds.toFixed(2)} s`,
    ),
    aside(`\n${markdownTable([['budget', '', ''], ...rows], { align: ['l', 'l', 'r'] })}`),
  ];
}
