import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { isFresh, readFreshness, type Freshness } from './freshness.ts';
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

async function run(talk: Talk<Freshness>, { values, out }: Values & Out): Promise<ExitCode> {
  const checked = await talk.during('checking the chart', () => readFreshness(values, out));
  return talk.tell(isFresh(checked) ? ENDINGS.fine.code : ENDINGS.amiss.code, checked);
}

/** How the chart differs, and what to do about it. */
function print(checked: Freshness): Line[] {
  const { differing, stale, unchanged } = checked;
  if (isFresh(checked)) return [aside(`the chart is up to date: ${count(unchanged, 'file')} as generated`)];
  const lines = [...linesOfPaths('differs', differing), ...linesOfPaths('stale  ', stale)];
  return [...lines, 'the chart is not what values.yaml asks for; run "npm run generate" and commit what it writes'].map(finding);
}
