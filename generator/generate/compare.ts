import { join } from 'node:path';
import { GENERATED_FOLDERS } from './layout.ts';
import { compare, InputError, type Problem } from './problem.ts';
import type { ChartFolder } from './read/chart.ts';
import { BANNER, isGenerated, type OutputFile } from './render/output.ts';

/** How a chart differs from what was rendered. Paths are relative to its folder. */
export interface Comparison {
  readonly changed: readonly OutputFile[];
  readonly unchanged: readonly string[];
  /** Files with the banner that nothing renders any more. */
  readonly stale: readonly string[];
}

/** Compares rendered files with the chart that is there. Throws InputError when a file stands in the way that was not generated. */
export function compareChart(chart: ChartFolder, files: readonly OutputFile[]): Comparison {
  const isUnchanged = ({ path, content }: OutputFile): boolean => chart.files.get(path) === content;
  const changed = files.filter((file) => !isUnchanged(file));
  const inTheWay = changed.filter((file) => standsInTheWay(chart, file));
  if (inTheWay.length > 0) throw new InputError(inTheWay.map(({ path }) => problemOf(chart, path)));
  return { changed, unchanged: files.filter(isUnchanged).map(({ path }) => path), stale: findStale(chart, files) };
}

/** Whether a file of somebody else has the path of one that carries the banner. */
function standsInTheWay({ files }: ChartFolder, { path, content }: OutputFile): boolean {
  const present = files.get(path);
  return present !== undefined && content.includes(BANNER) && !isGenerated(present);
}

function problemOf({ folder }: ChartFolder, path: string): Problem {
  return {
    file: join(folder, path),
    message: 'this file was not generated, and one of this name would be written here',
    hint: 'Move it away, or name another folder with --out DIR.',
  };
}

function findStale({ files: present }: ChartFolder, files: readonly OutputFile[]): string[] {
  const current = new Set(files.map(({ path }) => path));
  return [...present]
    .filter(([path, text]) => isInGeneratedFolder(path) && !current.has(path) && isGenerated(text))
    .map(([path]) => path)
    .sort(compare);
}

function isInGeneratedFolder(path: string): boolean {
  return GENERATED_FOLDERS.some((folder) => path.startsWith(`${folder}/`));
}
