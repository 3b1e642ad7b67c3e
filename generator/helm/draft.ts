import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Comparison } from '../generate/compare.ts';
import { isIdle, withoutComments, type Deployed } from '../generate/light.ts';
import type { Model } from '../generate/model.ts';
import { renderValues } from '../generate/render/values.ts';
import { inOwnFolder } from './own-folder.ts';

/** A chart and its values that nobody edits meanwhile: what is shown is what is installed. */
export interface Draft {
  /** The folder. */
  readonly chart: string;
  /** The file. */
  readonly values: string;
}

interface Whole extends Draft {
  readonly comparison: Comparison;
  readonly model: Deployed & Pick<Model, 'fields'>;
}

/** Uses a copy of a chart and its values, brought in line as the chart itself would be, without what only takes room in a release. It is gone afterwards. */
export function withDraft<T>({ chart, values, comparison, model }: Whole, use: (draft: Draft) => Promise<T>): Promise<T> {
  return inOwnFolder((folder) => {
    const draft = { chart: join(folder, 'chart'), values: join(folder, 'values.yaml') };
    copyFileSync(values, draft.values);
    copyChart(chart, draft.chart, comparison, (path) => isIdle(path, model));
    // The services come with the values, and a release need not hold them twice.
    for (const { path, content } of renderValues({ fields: model.fields, declaredServices: {} }))
      writeLight(draft.chart, path, Buffer.from(content));
    return use(draft);
  });
}

/** Writes each file once: there are two for each service. */
function copyChart(from: string, to: string, { changed, stale }: Comparison, leavesOut: (path: string) => boolean): void {
  const rest = new Set([...stale, ...changed.map(({ path }) => path)]);
  const entries = existsSync(from) ? readdirSync(from, { recursive: true, withFileTypes: true }) : [];
  for (const entry of entries) {
    const path = relative(from, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (entry.isDirectory() || rest.has(path) || leavesOut(path)) continue;
    if (!entry.isFile()) cpSync(join(from, path), join(to, path), { recursive: true });
    else writeLight(to, path, readFileSync(join(from, path)));
  }
  for (const { path, content } of changed) if (!leavesOut(path)) writeLight(to, path, Buffer.from(content));
}

/** Without what a template says to its readers alone, nor when it was copied: Helm writes both into the release. */
function writeLight(folder: string, path: string, content: Buffer): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, path.startsWith('templates/') ? withoutComments(content.toString()) : content);
  utimesSync(file, 0, 0);
}
