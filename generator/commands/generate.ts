import { Option } from 'commander';
import { markdownTable } from 'markdown-table';
import { printableLine } from '../generate/printable.ts';
import { refuseEmptied } from '../generate/changes.ts';
import { compareChart } from '../generate/compare.ts';
import { generate, type Generated } from '../generate/generate.ts';
import { readInput } from '../generate/read.ts';
import { write } from '../generate/write.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { count, linesOfPaths } from './lists.ts';
import { outOption, valuesOption, type Out, type Values } from './options.ts';
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
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
  readonly notes: readonly string[];
  /** What connections, memory and disk are divided into. */
  readonly budget: Generated['table'];
  readonly seconds: number;
}

/** Writes the chart. Throws InputError with every problem of the input. */
export async function writeChart(
  talk: Pick<Talk<Written>, 'during' | 'progress'>,
  { values, out, allowEmpty = false }: Values & Out & Empty,
): Promise<Written> {
  const started = performance.now();
  const input = await talk.during(`reading ${values}`, () => Promise.resolve(readInput({ values, out })));
  const { model, files, notes, table } = await talk.during('checking and rendering', () => generate(input));
  if (!allowEmpty) refuseEmptied(input, model);
  const comparison = compareChart(input.chart, files);
  const progress = talk.progress('files written');
  progress.start(comparison.changed.length);
  write(out, comparison, () => progress.step());
  progress.stop();
  return {
    services: model.services.length,
    written: comparison.changed.map(({ path }) => path),
    removed: comparison.stale,
    unchanged: comparison.unchanged.length,
    notes,
    budget: table,
    seconds: Math.round(performance.now() - started) / 1000,
  };
}

/** What was written, left and removed, how long it took, and what there is and what is taken of it. */
export function printWritten({ services, written, removed, unchanged, notes, budget, seconds }: Written): Line[] {
  const rows = budget.map(({ what, arithmetic, result }) => [what, arithmetic, result]);
  return [
    ...[...linesOfPaths('wrote  ', written), ...linesOfPaths('removed', removed)].map(aside),
    ...notes.map((each) => note(printableLine(`note: ${each}`))),
    aside(
      `${count(services, 'service')}: ${count(written.length, 'file')} written, ` +
        `${unchanged} left as they were, ${removed.length} removed, in ${seconds.toFixed(2)} s`,
    ),
    aside(`\n${markdownTable([['budget', '', ''], ...rows], { align: ['l', 'l', 'r'] })}`),
  ];
}
