import { barOf, type Bar } from './bars.ts';
import type { Report } from './report.ts';
import { number, size } from './words.ts';

interface SizesView {
  readonly rows: readonly { readonly name: string; readonly shown: string; readonly bar: Bar }[];
  /** What the smaller ones have together; empty for none. */
  readonly rest: string;
}

/** Databases that have a line of their own. */
const LINES = 15;

/** The databases by their size, largest first; undefined without the server of the deployment. */
export function sizesView({ found }: Report): SizesView | undefined {
  if (found?.on !== 'the deployment') return undefined;
  const sorted = [...found.survey.databases].sort(([, a], [, b]) => b.bytes - a.bytes);
  const most = sorted[0]?.[1].bytes ?? 1;
  const rows = sorted.slice(0, LINES).map(([name, { bytes }]) => ({
    name,
    shown: size(bytes),
    bar: barOf(name, [{ name, amount: bytes, shown: size(bytes), how: '' }], most),
  }));
  const others = sorted.slice(LINES);
  const bytes = others.reduce((sum, [, database]) => sum + database.bytes, 0);
  return { rows, rest: others.length > 0 ? `${number(others.length)} smaller ones: ${size(bytes)}` : '' };
}
