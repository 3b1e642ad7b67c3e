import { copyFileSync, cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Comparison } from '../generate/compare.ts';
import { write } from '../generate/write.ts';
import { inOwnFolder } from './own-folder.ts';

/** A chart and its values that nobody edits meanwhile: what is shown is what is installed. */
export interface Draft {
  /** The folder. */
  readonly chart: string;
  /** The file. */
  readonly values: string;
}

/** What every revision of a release would hold, and nothing reads there: people have read the one, and the values were held against the other. */
const READ_BEFORE = ['README.md', 'values.schema.json'];

/** Uses a copy of a chart and its values, brought in line as the chart itself would be. It is gone afterwards. */
export function withDraft<T>({ chart, values }: Draft, comparison: Comparison, use: (draft: Draft) => Promise<T>): Promise<T> {
  return inOwnFolder((folder) => {
    const draft = { chart: join(folder, 'chart'), values: join(folder, 'values.yaml') };
    if (existsSync(chart)) cpSync(chart, draft.chart, { recursive: true });
    copyFileSync(values, draft.values);
    write(draft.chart, comparison, () => undefined);
    for (const file of READ_BEFORE) rmSync(join(draft.chart, file), { force: true });
    return use(draft);
  });
}
