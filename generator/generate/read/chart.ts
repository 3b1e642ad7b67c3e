import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isRecord } from '../fields.ts';
import { GENERATED_FOLDERS, PACKAGE_FILES_PATH, TYPES_PATH } from '../layout.ts';
import { InputError } from '../problem.ts';
import { CHART } from './project.ts';
import { reasonOf } from './reasons.ts';
import { readRegularFile } from './regular-file.ts';
import type { Texts } from './texts.ts';

/** A folder before anything is written to it. */
export interface Folder {
  /** As the person named it. */
  readonly folder: string;
  /** What lies in it. */
  readonly files: Texts;
  /** What else lies in it, by path: a file would be written through a link, and cannot be written over the rest. */
  readonly others: ReadonlyMap<string, OtherThan>;
}

/** The chart that is there. The project's own has the types of the contract among its files. */
export interface ChartFolder extends Folder {
  /** The project's own chart, when this is another. */
  readonly own?: Texts;
  /** The files that came from the package when this chart was written last, by its list. */
  readonly ofPackage?: readonly string[];
}

/** What is no regular file. */
export type OtherThan = 'a folder' | 'a symbolic link' | 'no regular file';

/**
 * Reads what a chart could have: the files of the folder and of those below it that the project's own chart has as well. The
 * rest is somebody else's (`--out .`), and nobody asks for it. Throws InputError when a folder of it cannot be read.
 */
export function readChart(folder: string): ChartFolder {
  if (resolve(folder) === CHART) {
    const { files, others } = readFolder(CHART, readIfAllowed);
    return { folder, files: new Map([...files, ...readTypes()]), others };
  }
  const own = readOwnChart();
  const ofPackage = readPackageFiles(folder);
  const folders = new Set([...own.keys(), ...ofPackage, ...GENERATED_FOLDERS].map((path) => path.split('/')[0]));
  return { folder, ...readFolder(folder, readIfAllowed, (name) => folders.has(name)), own, ofPackage };
}

/** The files of the project's own chart. */
export function readOwnChart(): Texts {
  return readFolder(CHART, (file) => readFileSync(file, 'utf8')).files;
}

/** What lies in a folder, and in some of those in it; the rest is somebody else's. Throws InputError when it cannot be read. */
export function readOutFolder(folder: string, wanted: readonly string[]): Folder {
  return { folder, ...readFolder(folder, readIfAllowed, (name) => wanted.includes(name)) };
}

/** The list that PACKAGE_FILES_PATH of a chart is; empty where there is none, or something else of this name. */
function readPackageFiles(folder: string): string[] {
  try {
    const data: unknown = JSON.parse(readIfAllowed(join(folder, PACKAGE_FILES_PATH)));
    const files = isRecord(data) ? data['files'] : undefined;
    return Array.isArray(files) ? files.filter((path) => typeof path === 'string') : [];
  } catch {
    return [];
  }
}

function readTypes(): Texts {
  const file = join(CHART, TYPES_PATH);
  return existsSync(file) ? new Map([[TYPES_PATH, readFileSync(file, 'utf8')]]) : new Map();
}

/** The size from which on a file is not read, in bytes: none of a chart is near it, for a release holds 1 MiB, compressed. */
const MOST = 64 * 1024 * 1024;

/** A file that may not be read is there nevertheless, and carries no banner as far as anybody can tell. */
function readIfAllowed(file: string): string {
  const reading = readRegularFile(file, { most: MOST, followsLink: true });
  return 'bytes' in reading ? Buffer.from(reading.bytes).toString('utf8') : '';
}

type ReadFile = (file: string) => string;

function readFolder(folder: string, read: ReadFile, isWanted?: (name: string) => boolean): Pick<Folder, 'files' | 'others'> {
  const entries = isThere(folder) ? listEntries(folder, '', isWanted) : [];
  const files = entries.filter(({ isFile }) => isFile).map(({ path }) => [path, read(join(folder, path))] as const);
  return {
    files: new Map(files),
    others: new Map(entries.flatMap(({ path, other }) => (other === undefined ? [] : [[path, other]]))),
  };
}

/** Whether there is a folder to read. Throws InputError when it is something else, or leads nowhere. */
function isThere(folder: string): boolean {
  return attempt(folder, () => {
    if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return false;
    if (statSync(folder).isDirectory()) return true;
    throw new Error('it is no folder');
  });
}

interface Entry {
  readonly path: string;
  /** Whether it can be read as a file, be it through a link. */
  readonly isFile: boolean;
  /** What it is if it is more or less than a file. */
  readonly other?: OtherThan;
}

/** What lies below `folder/at` and in its wanted folders, by paths relative to `folder`. No linked folder is entered: it may lead back. */
function listEntries(folder: string, at: string, isWanted = (_: string): boolean => true): Entry[] {
  const entries = attempt(join(folder, at), () => readdirSync(join(folder, at), { withFileTypes: true }));
  return entries.flatMap((entry): Entry[] => {
    const path = `${at}${entry.name}`;
    if (entry.isFile()) return [{ path, isFile: true }];
    if (entry.isSymbolicLink()) return [{ path, isFile: leadsToFile(join(folder, path)), other: 'a symbolic link' }];
    if (!entry.isDirectory()) return [{ path, isFile: false, other: 'no regular file' }];
    return [{ path, isFile: false, other: 'a folder' }, ...(isWanted(path) ? listEntries(folder, `${path}/`) : [])];
  });
}

function leadsToFile(link: string): boolean {
  try {
    return statSync(link).isFile();
  } catch {
    return false;
  }
}

function attempt<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const hint = 'Make it a folder that whoever runs this may read, or name another with --out DIR.';
    throw new InputError([{ file, message: `the folder cannot be read: ${reasonOf(error)}`, hint }]);
  }
}
