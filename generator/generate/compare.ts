import { join } from 'node:path';
import { GENERATED_FOLDERS } from './layout.ts';
import { compare, InputError, type Problem } from './problem.ts';
import type { ChartFolder, Folder, OtherThan } from './read/chart.ts';
import type { Texts } from './read/texts.ts';
import { BANNER, isGenerated, type OutputFile } from './render/output.ts';

/** How a folder differs from what was rendered. Paths are relative to its folder. */
export interface Comparison {
  readonly changed: readonly OutputFile[];
  readonly unchanged: readonly string[];
  /** Files that were written by an earlier run and that nothing renders any more. */
  readonly stale: readonly string[];
}

/** Compares rendered files with the chart that is there. Throws InputError as compareFolder does. */
export function compareChart(chart: ChartFolder, files: readonly OutputFile[]): Comparison {
  const former = new Set(chart.ofPackage);
  const isOurs = (path: string, text: string): boolean =>
    former.has(path) || (isInGeneratedFolder(path) && isGenerated(text, BANNER));
  return compareFolder(chart, files, { banner: BANNER, isOurs });
}

/** What is generated into a folder: the mark of its files, and of what lies there what an earlier run wrote. */
export interface Ownership {
  readonly banner: string;
  readonly isOurs: (path: string, text: string) => boolean;
}

/**
 * Compares rendered files with those that are there. Throws InputError when something stands in the way: a file that was not generated, or what no
 * file can be written to.
 */
export function compareFolder(folder: Folder, files: readonly OutputFile[], { banner, isOurs }: Ownership): Comparison {
  const isUnchanged = ({ path, content }: OutputFile): boolean => folder.files.get(path) === content;
  const changed = files.filter((file) => !isUnchanged(file));
  const current = new Set(files.map(({ path }) => path));
  const former = [...folder.files].filter(([path, text]) => !current.has(path) && isOurs(path, text));
  const stale = former.map(([path]) => path).sort(compare);
  const problems = [
    ...changed.filter((file) => isOfSomebodyElse(folder, file, banner)).map(({ path }) => problemOf(folder, path)),
    ...obstaclesOf(folder, [...changed.map(({ path }) => path), ...stale]),
  ];
  if (problems.length > 0) throw new InputError(problems);
  return { changed, unchanged: files.filter(isUnchanged).map(({ path }) => path), stale };
}

/** The files of a folder once it was brought in line. */
export function filesAfter({ files }: Folder, { changed, stale }: Comparison): Texts {
  const gone = new Set(stale);
  const stays = [...files].filter(([path]) => !gone.has(path));
  return new Map([...stays, ...changed.map(({ path, content }) => [path, content] as const)]);
}

/** Whether a file of somebody else has the path of one that carries the banner. */
function isOfSomebodyElse({ files, others }: Folder, { path, content }: OutputFile, banner: string): boolean {
  const present = files.get(path);
  return present !== undefined && !others.has(path) && content.includes(banner) && !isGenerated(present, banner);
}

/** What is on the way to files that are to be written or removed, each once. */
function obstaclesOf(folder: Folder, paths: readonly string[]): Problem[] {
  const found = new Map(paths.flatMap((path) => obstacleOf(folder, path)));
  return [...found].map(([path, what]) => ({
    file: join(folder.folder, path),
    message: `it is ${what}, and something would be written or removed there`,
    hint: 'Move it away, or name another folder with --out DIR.',
  }));
}

function obstacleOf({ files, others }: Folder, path: string): [string, OtherThan | 'a file'][] {
  const parts = path.split('/');
  const ways = parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
  return ways
    .flatMap((way): [string, OtherThan | 'a file'][] => {
      const other = others.get(way) ?? (files.has(way) ? 'a file' : undefined);
      return other === undefined || other === (way === path ? 'a file' : 'a folder') ? [] : [[way, other]];
    })
    .slice(0, 1);
}

function problemOf({ folder }: Folder, path: string): Problem {
  return {
    file: join(folder, path),
    message: 'this file was not generated, and one of this name would be written here',
    hint: 'Move it away, or name another folder with --out DIR.',
  };
}

function isInGeneratedFolder(path: string): boolean {
  return GENERATED_FOLDERS.some((folder) => path.startsWith(`${folder}/`));
}
