import { compareChart } from '../generate/compare.ts';
import { generate } from '../generate/generate.ts';
import { RESTARTS_PATH } from '../generate/layout.ts';
import { readInput } from '../generate/read.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { count, linesOfPaths } from './lists.ts';
import { outOption, valuesOption, type Out, type Values } from './options.ts';
import { aside, finding, type Line, type Talk } from './talk.ts';

export const command = declare({
  name: 'check',
  options: [valuesOption, outOption],
  examples: [
    { run: 'shared-postgresql check', does: 'in CI: fails when somebody edited values.yaml and did not generate' },
    { run: 'shared-postgresql check --json', does: 'the files that differ, for a script' },
  ],
  run,
  print,
});

/** How the chart differs from what would be generated. Paths are relative to its folder. */
interface Checked {
  readonly differing: readonly string[];
  readonly stale: readonly string[];
  readonly unchanged: number;
}

async function run(talk: Talk<Checked>, { values, out }: Values & Out): Promise<ExitCode> {
  const checked = await talk.during('checking the chart', () => compare(values, out));
  return talk.tell(isUpToDate(checked) ? ENDINGS.fine.code : ENDINGS.amiss.code, checked);
}

async function compare(values: string, out: string): Promise<Checked> {
  const input = readInput({ values, out });
  const { files } = await generate(input, { allTypes: true });
  // It tells what the last generate saw; a knob that changed since needs none.
  const relevant = files.filter(({ path }) => path !== RESTARTS_PATH);
  const { changed, unchanged, stale } = compareChart(input.chart, relevant);
  return { differing: changed.map(({ path }) => path), stale, unchanged: unchanged.length };
}

/** How the chart differs, and what to do about it. */
function print(checked: Checked): Line[] {
  const { differing, stale, unchanged } = checked;
  if (isUpToDate(checked)) return [aside(`the chart is up to date: ${count(unchanged, 'file')} as generated`)];
  const lines = [...linesOfPaths('differs', differing), ...linesOfPaths('stale  ', stale)];
  return [...lines, 'the chart is not what values.yaml asks for; run "npm run generate" and commit what it writes'].map(finding);
}

function isUpToDate({ differing, stale }: Checked): boolean {
  return differing.length + stale.length === 0;
}
