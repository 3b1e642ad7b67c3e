import { readdirSync, readFileSync, statSync } from 'node:fs';
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

export interface SqlFile {
  readonly name: string;
  /** Not text yet: whether it is UTF-8 is for the next steps to say. */
  readonly bytes: Uint8Array;
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
      return [service, enabled === false ? { path } : { path, ...readSqlFiles(join(root, path)) }];
    }),
  );
}

/** What lies in the home of schema folders, as paths relative to values.yaml. */
export function listHomeFolders(root: string): string[] {
  const home = join(root, HOME);
  return isFolder(home) ? readdirSync(home).map((name) => `${HOME}/${name}`) : [];
}

function readSqlFiles(folder: string): Omit<SchemaFolder, 'path'> {
  try {
    if (!isFolder(folder)) return {};
    const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
    return { files: names.map((name) => ({ name, bytes: readFileSync(join(folder, name)) })) };
  } catch (error) {
    return { unreadable: reasonOf(error) };
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
