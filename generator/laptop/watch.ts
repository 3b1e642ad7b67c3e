import { lstatSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { watch } from 'chokidar';
import { readInput, type Input } from '../generate/read.ts';

/** How long nothing more must be saved until it is read, in milliseconds: editors write in several steps. */
const QUIET = 150;

export interface Watcher {
  /** Follows another list of schema folders. */
  follow(input: Input): void;
  close(): Promise<void>;
}

/**
 * Watches values.yaml and the schema folders, and tells of what is saved since this input was read: one telling at a time, and a last one after
 * the last save.
 */
export function watchInputs(values: string, input: Input, tell: () => Promise<void>): Watcher {
  const root = dirname(resolve(values));
  let folders = foldersOf(root, input);
  const isOfInterest = (path: string): boolean =>
    [resolve(values), ...folders].some((each) => isWithin(path, each) || isWithin(each, path));
  // Nothing that a link leads to is read, and following it may lead through the whole disk.
  const isLinked = (path: string): boolean => folders.some((folder) => isWithin(path, folder)) && isLink(path);
  const watcher = watch(root, { ignoreInitial: true, ignored: (path) => !isOfInterest(path) || isLinked(path) });
  const onSave = afterQuiet(tell);
  watcher.on('all', () => onSave.note());
  // It takes what it finds when it begins for what was read.
  watcher.on('ready', () => {
    if (!isAsRead(values, input)) onSave.note();
  });
  return {
    follow: (changed) => {
      folders = foldersOf(root, changed);
      watcher.add(folders);
    },
    close: () => {
      onSave.cancel();
      return watcher.close();
    },
  };
}

/** What can no longer be read is not as it was. */
function isAsRead(values: string, input: Input): boolean {
  const partsOf = ({ parsed, schemaFolders, homeFolders }: Input): unknown => [
    parsed.values,
    parsed.problems,
    schemaFolders,
    homeFolders,
  ];
  try {
    return isDeepStrictEqual(partsOf(readInput({ values })), partsOf(input));
  } catch {
    return false;
  }
}

/** The home of schema folders as well: a folder that is made there belongs to a service, or soon will. */
function foldersOf(root: string, { schemaFolders }: Input): string[] {
  return ['schema/databases', ...[...schemaFolders.values()].map(({ path }) => path)].map((path) => join(root, path));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Does something once it has been quiet for a while, and never twice at the same time. */
function afterQuiet(act: () => Promise<void>): { note(): void; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  let acting = Promise.resolve();
  return {
    note: () => {
      clearTimeout(timer);
      timer = setTimeout(() => void (acting = acting.then(act)), QUIET);
    },
    cancel: () => clearTimeout(timer),
  };
}
