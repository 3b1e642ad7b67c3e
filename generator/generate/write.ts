import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Comparison } from './compare.ts';
import type { OutputFile } from './render/output.ts';
import { InputError } from './problem.ts';
import { reasonOf } from './read/reasons.ts';

/**
 * Brings the folder in line: everything is written beside its place first, then renamed, then what is stale is removed. Throws InputError
 * when something cannot be written; then the folder is as it was.
 */
export function write(folder: string, { changed, stale }: Comparison, onFile: () => void): void {
  const staged: Staged[] = [];
  const made: string[] = [];
  try {
    for (const file of changed) {
      stage(folder, file, staged, made);
      onFile();
    }
  } catch (error) {
    discard(staged, made);
    throw error;
  }
  try {
    for (const { from, to } of staged) renameSync(from, to);
  } finally {
    discard(staged, []);
  }
  for (const path of stale) removeFile(folder, path);
}

/** A folder that gets another place, both relative to one root. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** Moves a folder; false when there is none, or something is in its new place. */
export function moveFolder(root: string, { from, to }: Move): boolean {
  if (!existsSync(join(root, from)) || existsSync(join(root, to))) return false;
  renameSync(join(root, from), join(root, to));
  return true;
}

/** A file that is written, and where it belongs. */
interface Staged {
  readonly from: string;
  readonly to: string;
}

/** What the files of this run are called until all of them are there: names of their own, and never too long. */
const RUN = randomBytes(6).toString('hex');

function stage(folder: string, { path, content, isPrivate }: OutputFile, staged: Staged[], made: string[]): void {
  const to = join(folder, path);
  const from = join(dirname(to), `.${RUN}-${staged.length}.writing`);
  try {
    makeFolder(dirname(to), made);
    staged.push({ from, to });
    // Never through a link or over a file that somebody put there.
    writeFileSync(from, content, { flag: 'wx', mode: isPrivate ? 0o600 : 0o666 });
  } catch (error) {
    const hint = 'Mend that, or name another folder with --out DIR.';
    throw new InputError([{ file: to, message: `the file cannot be written: ${reasonOf(error)}`, hint }]);
  }
}

/** Makes a folder with those above it, and remembers which were not there. */
function makeFolder(folder: string, made: string[]): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  makeFolder(dirname(folder), made);
  mkdirSync(folder);
  made.push(folder);
}

/** Removes what was written for nothing. */
function discard(staged: readonly Staged[], made: readonly string[]): void {
  for (const { from } of staged) rmSync(from, { force: true });
  for (const folder of made.toReversed()) rmdirSync(folder);
}

function removeFile(folder: string, path: string): void {
  rmSync(join(folder, path));
  for (let parent = dirname(path); parent !== '.' && isEmpty(join(folder, parent)); parent = dirname(parent))
    rmdirSync(join(folder, parent));
}

function isEmpty(folder: string): boolean {
  return readdirSync(folder).length === 0;
}
