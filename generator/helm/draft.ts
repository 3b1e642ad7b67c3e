import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
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
    if (existsSync(chart)) cpSync(chart, draft.chart, { recursive: true });
    copyFileSync(values, draft.values);
    write(draft.chart, comparison, () => undefined);
    const idle = [...READ_BEFORE, ...(makesBackups ? [] : OF_BACKUPS)];
    for (const path of idle) rmSync(join(draft.chart, path), { recursive: true, force: true });
    lighten(draft.chart);
    return use(draft);
  });
}

/** Leaves out what templates say to their readers alone, and when each file was copied: Helm writes both into the release. */
function lighten(chart: string): void {
  for (const path of readdirSync(chart, { recursive: true, encoding: 'utf8' })) {
    const file = join(chart, path);
    if (!statSync(file).isFile()) continue;
    if (path.startsWith('templates')) writeFileSync(file, readFileSync(file, 'utf8').replace(COMMENT, '$1/**/'));
    utimesSync(file, 0, 0);
  }
}

/** Of a template, up to what ends it, which trims what stands behind. */
const COMMENT = /(\{\{(?:- )?)\/\*[^]*?\*\/(?=(?: -)?\}\})/g;
