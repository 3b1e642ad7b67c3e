import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Comparison } from '../generate/compare.ts';
import { isIdle, withoutComments, type Deployed } from '../generate/light.ts';
import type { Model } from '../generate/model.ts';
import type { OutputFile } from '../generate/render/output.ts';
import { renderValues } from '../generate/render/values.ts';
import { archiveOf } from './archive.ts';
import { ignoredBy } from './ignored.ts';
import { inOwnFolder } from './own-folder.ts';

/** A chart and its values that nobody edits meanwhile: what is shown is what is installed. */
export interface Draft {
  /** An archive. */
  readonly chart: string;
  /** The file. */
  readonly values: string;
}

/** One to which something may be added. */
export interface Begun {
  readonly values: string;
  readonly finish: (more?: readonly OutputFile[]) => Draft;
}

interface Whole extends Draft {
  readonly comparison: Comparison;
  readonly model: Deployed & Pick<Model, 'fields'>;
}

/** Uses a copy of a chart and its values, brought in line as the chart itself would be, without what only takes room in a release. It is gone afterwards. */
export function withDraft<T>({ chart, values, comparison, model }: Whole, use: (draft: Begun) => Promise<T>): Promise<T> {
  return inOwnFolder((folder) => {
    const draft = { chart: join(folder, 'chart.tgz'), values: join(folder, 'values.yaml') };
    copyFileSync(values, draft.values);
    const files = new Map(filesOf(chart, comparison));
    const finish = (more: readonly OutputFile[] = []): Draft => {
      // The services come with the values, and a release need not hold them twice.
      for (const { path, content } of [...renderValues({ fields: model.fields, declaredServices: {} }), ...more])
        files.set(path, Buffer.from(content));
      const kept = [...files].filter(([path]) => !isIdle(path, model)).sort(([one], [other]) => (one < other ? -1 : 1));
      writeFileSync(draft.chart, archiveOf(kept.map(([path, content]) => ({ path, content: lightened(path, content) }))));
      return draft;
    };
    return use({ values: draft.values, finish });
  });
}

/** The files of a chart by their paths, as they will be. */
function filesOf(chart: string, { changed, stale }: Comparison): [path: string, content: Buffer][] {
  const rest = new Set([...stale, ...changed.map(({ path }) => path)]);
  const present = existsSync(chart) ? pathsBelow(chart, '') : [];
  const files = present
    .filter((path) => !rest.has(path))
    .map((path): [string, Buffer] => [path, readFileSync(join(chart, path))]);
  const all = [...files, ...changed.map(({ path, content }): [string, Buffer] => [path, Buffer.from(content)])];
  const rules = all.find(([path]) => path === '.helmignore')?.[1].toString() ?? '';
  const isIgnored = ignoredBy(rules);
  return all.filter(([path]) => !isIgnored(path));
}

/** Links are followed, as Helm does. */
function pathsBelow(chart: string, folder: string): string[] {
  return readdirSync(join(chart, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    const isFolder = entry.isSymbolicLink() ? statSync(join(chart, path)).isDirectory() : entry.isDirectory();
    return isFolder ? pathsBelow(chart, `${path}/`) : [path];
  });
}

/** Without what a template says to its readers alone: Helm writes it into the release. */
function lightened(path: string, content: Buffer): Buffer {
  return path.startsWith('templates/') ? Buffer.from(withoutComments(content.toString())) : content;
}
