import { lstatSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { InputError } from '../problem.ts';
import { reasonOf } from './reasons.ts';
import { readRegularFile } from './regular-file.ts';

/** A file of migrations, or a dump. */
export interface FoundFile {
  /** From the folder that was named, with slashes; of a file that was named, its name. */
  readonly path: string;
  readonly text: string;
}

/** The size from which on a file is not read, in bytes. */
const MOST = 64 * 1024 * 1024;

/** Reads a file, or every SQL file below a folder, and lists what else lies there. Throws InputError for what cannot be read. */
export function readMigrations(named: string): { readonly files: readonly FoundFile[]; readonly others: readonly string[] } {
  const found = lstatSync(named, { throwIfNoEntry: false });
  if (!found) throw refusal(named, 'there is no such file or folder', 'Name a dump of pg_dump, or a folder of migrations.');
  if (!found.isDirectory()) return { files: [{ path: basename(named), text: textOf(named) }], others: [] };
  const paths = readdirSync(named, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => relative(named, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
  const isSql = (path: string): boolean => /\.sql$/i.test(path);
  return {
    files: paths.filter(isSql).map((path) => ({ path, text: textOf(join(named, path)) })),
    others: paths.filter((path) => !isSql(path)),
  };
}

function textOf(file: string): string {
  const read = readRegularFile(file, { most: MOST, followsLink: true });
  if ('unreadable' in read) throw refusal(file, `the file is not read: ${read.unreadable}`, 'It must be a regular file.');
  if ('size' in read) throw refusal(file, `the file has ${read.size} bytes`, 'Dump the schema alone: pg_dump --schema-only.');
  if (isArchive(read.bytes))
    throw refusal(
      file,
      'it is an archive of pg_dump, and no SQL',
      `Make SQL of it: pg_restore --schema-only --no-owner --file dump.sql ${basename(file)}`,
    );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(read.bytes);
  } catch (error) {
    throw refusal(file, `the file is not UTF-8 (${reasonOf(error)})`, 'Save it as UTF-8.');
  }
}

/** What pg_dump --format custom writes begins so (PostgreSQL's pg_backup_archiver.c). */
function isArchive(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 5)) === 'PGDMP';
}

function refusal(file: string, message: string, hint: string): InputError {
  return new InputError([{ file, message, hint }]);
}
