import { compareChart } from '../generate/compare.ts';
import { generate } from '../generate/generate.ts';
import { RESTARTS_PATH } from '../generate/layout.ts';
import { readInput } from '../generate/read.ts';

/** How a chart differs from what would be generated. Paths are relative to its folder. */
export interface Freshness {
  readonly differing: readonly string[];
  readonly stale: readonly string[];
  readonly unchanged: number;
}

/** Compares a chart with what its values ask for. Throws InputError as generate does. */
export async function readFreshness(values: string, out: string): Promise<Freshness> {
  const input = readInput({ values, out });
  const { files } = await generate(input, { allTypes: true });
  // It tells what the last generate saw; a knob that changed since needs none.
  const relevant = files.filter(({ path }) => path !== RESTARTS_PATH);
  const { changed, unchanged, stale } = compareChart(input.chart, relevant);
  return { differing: changed.map(({ path }) => path), stale, unchanged: unchanged.length };
}

export function isFresh({ differing, stale }: Freshness): boolean {
  return differing.length + stale.length === 0;
}
