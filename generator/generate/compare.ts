import { join } from 'node:path';
import { GENERATED_FOLDERS } from './layout.ts';
import { compare, InputError, type Problem } from './problem.ts';
import type { ChartFolder, OtherThan } from './read/chart.ts';
import { BANNER, isGenerated, type OutputFile } from './render/output.ts';

/** How a chart differs from what was rendered. Paths are relative to its folder. */
export interface Comparison {
  readonly changed: readonly OutputFile[];
  readonly unchanged: readonly string[];
  /** Files that were written by an earlier run and that nothing renders any more. */
  readonly stale: readonly string[];
}

/**
 * Compares rendered files with the chart that is there. Throws InputError when something stands in the way: a file that was not generated,
 * or what no file can be written to.
 */
export function compareChart(chart: ChartFolder, files: readonly OutputFile[]): Comparison {
  const isUnchanged = ({ path, content }: OutputFile): boolean => chart.files.get(path) === content;
  const changed = files.filter((file) => !isUnchanged(file));
  const stale = findStale(chart, files);
  const problems = [
    ...changed.filter((file) => isOfSomebodyElse(chart, file)).map(({ path }) => problemOf(chart, path)),
    ...obstaclesOf(chart, [...changed.map(({ path }) => path), ...stale]),
  ];
  if (problems.length > 0) throw new InputError(problems);
  return { changed, unchanged: files.filter(isUnchanged).map(({ path }) => path), stale };
}

/** Whether a file of somebody else has the path of one that carries the banner. */
function isOfSomebodyElse({ files, others }: ChartFolder, { path, content }: OutputFile): boolean {
  const present = files.get(path);
  return present !== undefined && !others.has(path) && content.includes(BANNER) && !isGenerated(present);
}

/** What is on the way to files that are to be written or removed, each once. */
function obstaclesOf(chart: ChartFolder, paths: readonly string[]): Problem[] {
  const found = new Map(paths.flatMap((path) => obstacleOf(chart, path)));
  return [...found].map(([path, what]) => ({
    file: join(chart.folder, path),
    message: `it is ${what}, and something would be written or removed there`,
    hint: 'Move it away, or name another folder with --out DIR.',
  }));
}

function obstacleOf({ files, others }: ChartFolder, path: string): [string, OtherThan | 'a file'][] {
  const parts = path.split('/');
  const ways = parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
  return ways
    .flatMap((way): [string, OtherThan | 'a file'][] => {
      const other = others.get(way) ?? (files.has(way) ? 'a file' : undefined);
      return other === undefined || other === (way === path ? 'a file' : 'a folder') ? [] : [[way, other]];
    })
    .slice(0, 1);
}

function problemOf({ folder }: ChartFolder, path: string): Problem {
  return {
    file: join(folder, path),
    message: 'this file was not generated, and one of this name would be written here',
    hint: 'Move it away, or name another folder with --out DIR.',
  };
}

/** What carries the banner, and of the files that an earlier version of the package brought those which this one has no more. */
function findStale({ files: present, ofPackage = [] }: ChartFolder, files: readonly OutputFile[]): string[] {
  const current = new Set(files.map(({ path }) => path));
  const former = new Set(ofPackage);
  return [...present]
    .filter(([path, text]) => !current.has(path) && (former.has(path) || (isInGeneratedFolder(path) && isGenerated(text))))
    .map(([path]) => path)
    .sort(compare);
}

function isInGeneratedFolder(path: string): boolean {
  return GENERATED_FOLDERS.some((folder) => path.startsWith(`${folder}/`));
}
