import { Command } from 'commander';
import { compareChart, type Comparison } from '../generate/compare.ts';
import { generate } from '../generate/generate.ts';
import { RESTARTS_PATH } from '../generate/layout.ts';
import { readInput } from '../generate/read.ts';
import { endingWith, FAILED, OK, type ExitCode } from './errors.ts';
import { count, printPaths } from './lists.ts';
import { outOption, valuesOption, type Out, type Values } from './options.ts';

export const command = new Command('check').addOption(valuesOption).addOption(outOption).action(endingWith(run));

async function run({ values, out }: Values & Out): Promise<ExitCode> {
  const input = readInput({ values, out });
  const { files } = await generate(input, { allTypes: true });
  // It tells what the last generate saw; a knob that changed since needs none.
  const comparison = compareChart(
    input.chart,
    files.filter(({ path }) => path !== RESTARTS_PATH),
  );
  print(comparison);
  return isUpToDate(comparison) ? OK : FAILED;
}

/** Prints how the chart differs from what would be generated, and what to do about it. */
function print(comparison: Comparison): void {
  const { changed, unchanged, stale } = comparison;
  const differing = changed.map(({ path }) => path);
  printPaths('differs', differing);
  printPaths('stale  ', stale);
  if (isUpToDate(comparison)) console.log(`the chart is up to date: ${count(unchanged.length, 'file')} as generated`);
  else console.log('the chart is not what values.yaml asks for; run "npm run generate" and commit what it writes');
}

function isUpToDate({ changed, stale }: Comparison): boolean {
  return changed.length + stale.length === 0;
}
