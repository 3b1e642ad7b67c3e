import { existsSync, lstatSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../generate/problem.ts';
import { readRegularFile } from '../generate/read/regular-file.ts';

/** What a folder has of what a repository gets. */
export interface Present {
  /** package.json as the person would name it, and its text. */
  readonly manifestPath: string;
  readonly manifest?: string;
  /** The text of .gitignore. */
  readonly ignored?: string;
  readonly hasReadme: boolean;
  /** Whether it is the root of its git repository, or in none. */
  readonly isRoot: boolean;
}

/** The size from which on a file is not read, in bytes. */
const MOST = 16 * 1024 * 1024;

/** Looks at a folder. Throws InputError when one of the paths is taken, or what is to be completed cannot be read. */
export function readPresent(folder: string, taken: readonly string[]): Present {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new InputError([
      { file: folder, message: 'it is no folder', hint: 'Name a folder, which is made if it is not there.' },
    ]);
  const hint =
    'init overwrites nothing. Where the project is there already use add and generate, or name another folder: init FOLDER.';
  const problems = taken.filter((path) => isThere(join(folder, path)));
  if (problems.length > 0)
    throw new InputError(
      problems.map((path) => ({ file: join(folder, path), message: 'there is something of this name', hint })),
    );
  const manifestPath = join(folder, 'package.json');
  return {
    manifestPath,
    manifest: readIfThere(manifestPath),
    ignored: readIfThere(join(folder, '.gitignore')),
    hasReadme: isThere(join(folder, 'README.md')),
    isRoot: isThere(join(folder, '.git')) || !isInRepository(resolve(folder)),
  };
}

function isInRepository(folder: string): boolean {
  const above = dirname(folder);
  return above !== folder && (existsSync(join(above, '.git')) || isInRepository(above));
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Not through a link: what is written takes its place. */
function readIfThere(file: string): string | undefined {
  if (!isThere(file)) return undefined;
  const reading = readRegularFile(file, { most: MOST, followsLink: false });
  if ('bytes' in reading) return Buffer.from(reading.bytes).toString('utf8');
  const reason = 'unreadable' in reading ? reading.unreadable : 'it is too large';
  const hint = 'init adds what is missing in it. Make it a file, or name another folder: init FOLDER.';
  throw new InputError([{ file, message: `the file cannot be read: ${reason}`, hint }]);
}
