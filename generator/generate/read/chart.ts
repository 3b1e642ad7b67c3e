import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GENERATED_FOLDERS, TYPES_PATH } from '../layout.ts';
import { CHART } from './project.ts';
import type { Texts } from './texts.ts';

/** The chart that is there before anything is written. */
export interface ChartFolder {
  /** As the person named it. */
  readonly folder: string;
  /** What lies in it. The project's own chart has the types of the contract with it. */
  readonly files: Texts;
  /** The project's own chart, when this is another. */
  readonly own?: Texts;
}

/**
 * Reads what a chart could have: the files of the folder and of those below it that the project's own chart has as well. The
 * rest is somebody else's (`--out .`), and nobody asks for it.
 */
export function readChart(folder: string): ChartFolder {
  if (resolve(folder) === CHART) return { folder, files: new Map([...readFolder(CHART, readIfAllowed), ...readTypes()]) };
  const own = readFolder(CHART, (file) => readFileSync(file, 'utf8'));
  const folders = new Set([...own.keys(), ...GENERATED_FOLDERS].map((path) => path.split('/')[0]));
  return { folder, files: readFolder(folder, readIfAllowed, (name) => folders.has(name)), own };
}

function readTypes(): Texts {
  const file = join(CHART, TYPES_PATH);
  return existsSync(file) ? new Map([[TYPES_PATH, readFileSync(file, 'utf8')]]) : new Map();
}

/** A file that may not be read is there nevertheless, and carries no banner as far as anybody can tell. */
function readIfAllowed(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

type ReadFile = (file: string) => string;

function readFolder(folder: string, read: ReadFile, isWanted?: (name: string) => boolean): Texts {
  const isThere = statSync(folder, { throwIfNoEntry: false })?.isDirectory();
  const paths = isThere ? listFiles(folder, '', isWanted) : [];
  return new Map(paths.map((path) => [path, read(join(folder, path))]));
}

/** The files below `folder/at` and in its wanted folders, as paths relative to `folder`. Links are followed, as Helm does. */
function listFiles(folder: string, at: string, isWanted = (_: string): boolean => true): string[] {
  return readdirSync(join(folder, at), { withFileTypes: true }).flatMap((entry) => {
    const path = `${at}${entry.name}`;
    const target = entry.isSymbolicLink() ? statSync(join(folder, path), { throwIfNoEntry: false }) : entry;
    if (target?.isFile()) return [path];
    return target?.isDirectory() && isWanted(path) ? listFiles(folder, `${path}/`) : [];
  });
}
