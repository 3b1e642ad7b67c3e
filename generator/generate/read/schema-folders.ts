import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../fields.ts';
import { reasonOf } from './texts.ts';

/** Where schema folders are unless values.yaml says otherwise, relative to values.yaml. */
const HOME = 'schema/databases';

/** The folder of a service's schema files. */
export interface SchemaFolder {
  /** Relative to values.yaml. */
  readonly path: string;
  /** Its .sql files; undefined when there is no such folder, or when the service is disabled. */
  readonly files?: readonly SqlFile[];
  /** Why it is there and could not be read. */
  readonly unreadable?: string;
}

/** A file of a schema folder. */
export type SqlFile = ReadFile | UnreadFile;

interface ReadFile {
  readonly name: string;
  /** Not text yet: whether it is UTF-8 is for the next steps to say. */
  readonly bytes: Uint8Array;
}

interface UnreadFile {
  readonly name: string;
  /** Why it was not read. */
  readonly unreadable: string;
}

/**
 * The schema folder of every service, by its name, with the files of those that are enabled. The values were not checked
 * yet, so whatever does not fit the contract counts as not written; nobody looks up such a service later on.
 */
export function readSchemaFolders(root: string, values: unknown): ReadonlyMap<string, SchemaFolder> {
  const services = isRecord(values) ? values['services'] : undefined;
  return new Map(
    Object.entries(isRecord(services) ? services : {}).map(([service, entry]) => {
      const { schema, enabled } = isRecord(entry) ? entry : {};
      const path = typeof schema === 'string' && schema !== '' ? schema : `${HOME}/${service}`;
      return [service, enabled === false ? { path } : { path, ...readSchemaFolder(root, path) }];
    }),
  );
}

/** What lies in the home of schema folders, as paths relative to values.yaml. */
export function listHomeFolders(root: string): string[] {
  const names = isReachedByLink(root, HOME) || !isFolder(join(root, HOME)) ? [] : readdirSync(join(root, HOME));
  return names.map((name) => `${HOME}/${name}`);
}

/** The folder without its path. What a link leads to is not read: it may lie outside, and belong to anybody. */
function readSchemaFolder(root: string, path: string): Omit<SchemaFolder, 'path'> {
  const folder = join(root, path);
  try {
    if (isReachedByLink(root, path)) return { unreadable: 'a symbolic link leads to it' };
    if (isOutside(path) || !isFolder(folder)) return {};
    return { files: readdirSync(folder).flatMap((name) => (name.endsWith('.sql') ? [readSqlFile(folder, name)] : [])) };
  } catch (error) {
    return { unreadable: reasonOf(error) };
  }
}

function readSqlFile(folder: string, name: string): SqlFile {
  const file = join(folder, name);
  const kind = lstatSync(file);
  if (kind.isFile()) return { name, bytes: readFileSync(file) };
  if (kind.isSymbolicLink()) return { name, unreadable: 'it is a symbolic link' };
  return { name, unreadable: kind.isDirectory() ? 'it is a folder' : 'it is no regular file' };
}

/** Whether a path leaves the folder of values.yaml. The contract refuses it, but reading comes first. */
function isOutside(path: string): boolean {
  return path.split('/').includes('..');
}

/** Whether a part of the path below `root` is a link, wherever it leads. */
function isReachedByLink(root: string, path: string): boolean {
  const parts = path.split('/');
  const ways = parts.map((_, depth) => join(root, ...parts.slice(0, depth + 1)));
  return ways.some((way) => lstatSync(way, { throwIfNoEntry: false })?.isSymbolicLink() ?? false);
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
