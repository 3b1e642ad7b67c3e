import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Comparison } from '../generate/compare.ts';
import { inOwnFolder } from './own-folder.ts';

/** A chart and its values that nobody edits meanwhile: what is shown is what is installed. */
export interface Draft {
  /** The folder. */
  readonly chart: string;
  /** The file. */
  readonly values: string;
}

/** What every revision of a release would hold, and nothing reads there: people have read the one, and the values were held against the others. */
const READ_BEFORE = [
  'README.md',
  'values.schema.json',
  'known-settings.json',
  ...['engines/pod/settings', 'engines/pod/mounts', 'requests', 'schedule', 'spread', 'root'].map(
    (rule) => `templates/${rule}.yaml`,
  ),
];

/** What renders nothing without backups. */
const OF_BACKUPS = ['backup', 'templates/backup'];

interface Whole extends Draft {
  readonly comparison: Comparison;
  readonly makesBackups: boolean;
}

/** Uses a copy of a chart and its values, brought in line as the chart itself would be, without what only takes room in a release. It is gone afterwards. */
export function withDraft<T>({ chart, values, comparison, makesBackups }: Whole, use: (draft: Draft) => Promise<T>): Promise<T> {
  return inOwnFolder((folder) => {
    const draft = { chart: join(folder, 'chart'), values: join(folder, 'values.yaml') };
    copyFileSync(values, draft.values);
    const idle = [...READ_BEFORE, ...(makesBackups ? [] : OF_BACKUPS)];
    const isIdle = (path: string): boolean => idle.some((each) => path === each || path.startsWith(`${each}/`));
    copyChart(chart, draft.chart, comparison, isIdle);
    return use(draft);
  });
}

/** Writes each file once: there are two for each service. */
function copyChart(from: string, to: string, { changed, stale }: Comparison, isIdle: (path: string) => boolean): void {
  const rest = new Set([...stale, ...changed.map(({ path }) => path)]);
  const entries = existsSync(from) ? readdirSync(from, { recursive: true, withFileTypes: true }) : [];
  for (const entry of entries) {
    const path = relative(from, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (entry.isDirectory() || rest.has(path) || isIdle(path)) continue;
    if (!entry.isFile()) cpSync(join(from, path), join(to, path), { recursive: true });
    else writeLight(to, path, readFileSync(join(from, path)));
  }
  for (const { path, content } of changed) if (!isIdle(path)) writeLight(to, path, Buffer.from(content));
}

/** Without what a template says to its readers alone, nor when it was copied: Helm writes both into the release. */
function writeLight(folder: string, path: string, content: Buffer): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, path.startsWith('templates/') ? content.toString().replace(COMMENT, '$1/**/') : content);
  utimesSync(file, 0, 0);
}

/** Of a template, up to what ends it, which trims what stands behind. */
const COMMENT = /(\{\{(?:- )?)\/\*[^]*?\*\/(?=(?: -)?\}\})/g;
