import { lstatSync, readdirSync, type Dirent } from 'node:fs';
import { join, relative } from 'node:path';
import { isRecord } from '../fields.ts';
import { CONFIG_MAP_BYTES } from '../layout.ts';
import { compare } from '../problem.ts';
import { reasonOf } from './reasons.ts';
import { readRegularFile } from './regular-file.ts';

/** Where schema folders are unless values.yaml says otherwise, relative to values.yaml. */
const HOME = 'schema/databases';

/** The folder of a service's schema files. */
export interface SchemaFolder {
  /** Relative to values.yaml. */
  readonly path: string;
  /** Its .sql files; undefined when there is no such folder, or when the service is disabled. */
  readonly files?: readonly SqlFile[];
  /** What lies in it beside them: files by their names, and of what lies deeper the SQL files, by their paths in the folder. */
  readonly others?: readonly string[];
  /** Why it is there and could not be read. */
  readonly unreadable?: string;
}

/** A file of a schema folder. */
export type SqlFile = ReadFile | LargeFile | UnreadFile;

interface ReadFile {
  readonly name: string;
  /** Not text yet: whether it is UTF-8 is for the next steps to say. */
  readonly bytes: Uint8Array;
}

/** A file that was not read because the files before it and this one are more than a ConfigMap holds. */
interface LargeFile {
  readonly name: string;
  readonly size: number;
}

interface UnreadFile {
  readonly name: string;
  /** Why it was not read. */
  readonly unreadable: string;
}

/** Where schema folders may be: below the folder of values.yaml, and not in the chart that is written from them. */
interface Roots {
  /** The folder of values.yaml. */
  readonly root: string;
  readonly chart?: string;
}

/**
 * The schema folder of every service, by its name, with the files of those that are enabled. The values were not checked
 * yet, so whatever does not fit the contract counts as not written; nobody looks up such a service later on.
 */
export function readSchemaFolders(roots: Roots, values: unknown): ReadonlyMap<string, SchemaFolder> {
  const services = isRecord(values) ? values['services'] : undefined;
  return new Map(
    Object.entries(isRecord(services) ? services : {}).map(([service, entry]) => {
      const { schema, enabled } = isRecord(entry) ? entry : {};
      const path = typeof schema === 'string' && schema !== '' ? schema : `${HOME}/${service}`;
      return [service, enabled === false ? { path } : { path, ...readSchemaFolder(roots, path) }];
    }),
  );
}

/** What lies in the home of schema folders, as paths relative to values.yaml; nothing when it may not be read. */
export function listHomeFolders(root: string): string[] {
  try {
    const names = isReachedByLink(root, HOME) || !isFolder(join(root, HOME)) ? [] : readdirSync(join(root, HOME));
    return names.map((name) => `${HOME}/${name}`);
  } catch {
    // Every service whose folder is in there says why; without any, nobody asked for it.
    return [];
  }
}

/** The folder without its path. What a link leads to is not read: it may lie outside, and belong to anybody. */
function readSchemaFolder({ root, chart }: Roots, path: string): Omit<SchemaFolder, 'path'> {
  const folder = join(root, path);
  try {
    if (isReachedByLink(root, path)) return { unreadable: 'a symbolic link leads to it' };
    if (isOutside(path) || !isThere(folder)) return {};
    if (!isFolder(folder)) return { unreadable: 'it is no folder' };
    if (chart !== undefined && isBelow(chart, root) && (folder === chart || isBelow(folder, chart)))
      return { unreadable: 'it lies in the chart, which is written from it' };
    return sortEntries(folder, readdirSync(folder, { withFileTypes: true }));
  } catch (error) {
    return { unreadable: reasonOf(error) };
  }
}

function sortEntries(folder: string, entries: readonly Dirent[]): Pick<SchemaFolder, 'files' | 'others'> {
  const isSchemaFile = ({ name }: Dirent): boolean => name.endsWith('.sql');
  const names = entries.filter(isSchemaFile).map(({ name }) => name);
  const others = entries.filter((entry) => !isSchemaFile(entry) && !entry.name.startsWith('.'));
  return {
    files: readSqlFiles(folder, names.sort(compare)),
    others: others.flatMap((entry) => (entry.isDirectory() ? listSqlBelow(folder, entry.name) : [entry.name])).sort(compare),
  };
}

/** The SQL files of a folder within a schema folder, which nobody applies; none when it may not be read. */
function listSqlBelow(folder: string, name: string): string[] {
  try {
    const entries = readdirSync(join(folder, name), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.toLowerCase().endsWith('.sql'));
    return files.map((entry) => withSlashes(relative(folder, join(entry.parentPath, entry.name))));
  } catch {
    return [];
  }
}

/** Reads the files one after the other, as long as a ConfigMap could hold them. */
function readSqlFiles(folder: string, names: readonly string[]): SqlFile[] {
  let left = CONFIG_MAP_BYTES;
  return names.map((name) => {
    const file = { name, ...readRegularFile(join(folder, name), { most: Math.max(left, 0), followsLink: false }) };
    if ('bytes' in file) left -= file.bytes.length;
    if ('size' in file) left = 0;
    return file;
  });
}

/** Whether a path leaves the folder of values.yaml. The contract refuses it, but reading comes first. */
function isOutside(path: string): boolean {
  return path.split('/').includes('..');
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !isOutside(withSlashes(way));
}

function withSlashes(path: string): string {
  return path.replaceAll('\\', '/');
}

/** Whether a part of the path below `root` is a link, wherever it leads. */
function isReachedByLink(root: string, path: string): boolean {
  const parts = path.split('/');
  const ways = parts.map((_, depth) => join(root, ...parts.slice(0, depth + 1)));
  return ways.some((way) => lstatSync(way, { throwIfNoEntry: false })?.isSymbolicLink() ?? false);
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
