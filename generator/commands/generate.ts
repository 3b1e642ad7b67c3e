import { Command } from 'commander';
import { markdownTable } from 'markdown-table';
import { printableLine } from '../generate/printable.ts';
import { refuseEmptied } from '../generate/changes.ts';
import { compareChart, type Comparison } from '../generate/compare.ts';
import { generate, type Generated } from '../generate/generate.ts';
import { readInput } from '../generate/read.ts';
import { write } from '../generate/write.ts';
import { endingWith, OK, type ExitCode } from './errors.ts';
import { count, printPaths } from './lists.ts';
import { outOption, valuesOption, type Out, type Values } from './options.ts';
import { startProgress } from './progress.ts';

interface Empty {
  readonly allowEmpty?: boolean;
}

export const command = new Command('generate')
  .addOption(valuesOption)
  .addOption(outOption)
  .option('--allow-empty', 'take the list of services for empty although the chart has some')
  .action(endingWith(run));

/** Writes the chart, and prints what was done. Throws InputError with every problem of the input. */
export async function run({ values, out, allowEmpty = false }: Values & Out & Empty): Promise<ExitCode> {
  const started = performance.now();
  const input = readInput({ values, out });
  const generated = await generate(input);
  if (!allowEmpty) refuseEmptied(input, generated.model);
  const comparison = compareChart(input.chart, generated.files);
  const progress = startProgress(comparison.changed.length, 'files written');
  write(out, comparison, () => progress.step());
  progress.stop();
  print(generated, comparison, performance.now() - started);
  return OK;
}

/** Prints what was written, left and removed, how long it took, and what there is and what is taken of it. */
function print({ model, notes, table }: Generated, { changed, unchanged, stale }: Comparison, milliseconds: number): void {
  const written = changed.map(({ path }) => path);
  printPaths('wrote  ', written);
  printPaths('removed', stale);
  for (const note of notes) console.log(printableLine(`note: ${note}`));
  console.log(
    `${count(model.services.length, 'service')}: ${count(written.length, 'file')} written, ` +
      `${unchanged.length} left as they were, ${stale.length} removed, in ${(milliseconds / 1000).toFixed(2)} s`,
  );
  const rows = table.map(({ what, arithmetic, result }) => [what, arithmetic, result]);
  console.log(`\n${markdownTable([['budget', '', ''], ...rows], { align: ['l', 'l', 'r'] })}`);
}
