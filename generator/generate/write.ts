import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compare, InputError } from './problem.ts';
import { BANNER, type OutputFile } from './render/output.ts';

/** The folders in which every file with the banner is generated, so that one that no renderer claims is stale. */
const GENERATED_FOLDERS = ['sql', 'templates/services'];

/** How a folder differs from what was rendered. Paths are relative to the folder. */
export interface Comparison {
  readonly changed: readonly OutputFile[];
  readonly unchanged: readonly string[];
  /** Files with the banner that nothing renders any more. */
  readonly stale: readonly string[];
}

/** Compares rendered files with the folder. Throws InputError when a file stands in the way that was not generated. */
export function compareWithDisk(folder: string, files: readonly OutputFile[]): Comparison {
  const foreign: string[] = [];
  const changed: OutputFile[] = [];
  const unchanged: string[] = [];
  for (const file of files) {
    const present = readIfPresent(join(folder, file.path));
    if (present === file.content) unchanged.push(file.path);
    else if (present !== undefined && file.content.includes(BANNER) && !isGenerated(present)) foreign.push(file.path);
    else changed.push(file);
  }
  if (foreign.length > 0) throw new InputError(foreign.map((path) => inTheWay(join(folder, path))));
  return { changed, unchanged, stale: findStale(folder, files) };
}

function inTheWay(file: string): { file: string; message: string; hint: string } {
  return {
    file,
    message: 'this file was not generated, and one of this name would be written here',
    hint: 'Move it away, or name another folder with --out DIR.',
  };
}

/** Brings the folder in line: everything is written beside its place first, then renamed, then what is stale is removed. */
export function write(folder: string, { changed, stale }: Comparison, onFile: () => void): void {
  const staged: { from: string; to: string }[] = [];
  const parents = new Set(changed.map(({ path }) => dirname(join(folder, path))));
  try {
    for (const parent of parents) mkdirSync(parent, { recursive: true });
    for (const { path, content } of changed) {
      const to = join(folder, path);
      const from = `${to}.writing`;
      staged.push({ from, to });
      writeFileSync(from, content);
      onFile();
    }
    for (const { from, to } of staged) renameSync(from, to);
  } finally {
    for (const { from } of staged) rmSync(from, { force: true });
  }
  for (const path of stale) removeFile(folder, path);
}

function removeFile(folder: string, path: string): void {
  rmSync(join(folder, path));
  const parent = dirname(join(folder, path));
  if (readdirSync(parent).length === 0) rmdirSync(parent);
}

function findStale(folder: string, files: readonly OutputFile[]): string[] {
  const current = new Set(files.map(({ path }) => path));
  return GENERATED_FOLDERS.flatMap((home) => listFiles(join(folder, home), home))
    .filter((path) => !current.has(path) && isGenerated(readIfPresent(join(folder, path)) ?? ''))
    .sort(compare);
}

function listFiles(folder: string, home: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${home}/${entry.name}`;
    return entry.isDirectory() ? listFiles(join(folder, entry.name), path) : [path];
  });
}

/** Whether a text carries the banner where generated files have it: near its beginning. */
function isGenerated(text: string): boolean {
  return text.slice(0, 300).includes(BANNER);
}

function readIfPresent(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
