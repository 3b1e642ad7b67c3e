import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { InputError } from '../problem.ts';
import { findNearby } from './nearby.ts';
import { reasonOf } from './reasons.ts';
import { readRegularFile, type Reading } from './regular-file.ts';

/** The texts of files, by their paths: relative, with slashes. */
export type Texts = ReadonlyMap<string, string>;

/** The size from which on values.yaml is not read: a release holds 1 MiB of it, compressed. */
const MOST_VALUES = 16 * 1024 * 1024;

/** The text of values.yaml. Throws InputError when it cannot be read or is not UTF-8. */
export function readValuesText(file: string): string {
  return decode(file, bytesOf(file, readRegularFile(file, { most: MOST_VALUES, followsLink: true })));
}

function bytesOf(file: string, reading: Reading): Uint8Array {
  if ('bytes' in reading) return reading.bytes;
  // Not a pipe either, which could be read: schema folders are beside this file.
  const reason = 'size' in reading ? `it has ${reading.size} bytes, and at most ${MOST_VALUES} are read` : reading.unreadable;
  const nearby = lstatSync(file, { throwIfNoEntry: false }) ? undefined : findNearby(file);
  if (nearby !== undefined)
    throw unreadable(file, reason, `There is ${nearby}: run this in its folder, or write --values ${nearby}.`);
  const inside = join(file, UNNAMED);
  if (existsSync(inside)) throw unreadable(file, reason, `Write --values ${inside}.`);
  throw unreadable(file, reason, file === UNNAMED ? BEGIN : NAME_ANOTHER);
}

/** The file that is read where none is named. */
const UNNAMED = 'values.yaml';
const NAME_ANOTHER = 'Name another: a regular file, beside which the schema folders are.';
const BEGIN =
  'Name another with --values FILE, beside which the schema folders are, or begin with one: "shared-postgresql init".';

/**
 * The texts that passwords are read from: of a file, be it a pipe, of standard input for `-`, which is waited for because whoever writes into it
 * may be slow, or of all .env files of a folder, or else of the Secrets that `manifests` wrote there. Throws InputError when one cannot be read or
 * is not UTF-8, or a folder has none.
 */
export async function readPasswordTexts(path: string): Promise<{ readonly file: string; readonly text: string }[]> {
  if (path === '-' || !isFolder(path)) return [{ file: path, text: await readTextOrInput(path) }];
  const names = namesOfPasswords(readdirSync(path));
  const hint = 'Name the folder of those that dev writes, the folder secrets of what manifests writes, or a file.';
  if (names.length === 0) throw unreadable(path, 'it is a folder without .env files and without Secrets', hint);
  const read = async (file: string): Promise<{ file: string; text: string }> => ({ file, text: await readTextOrInput(file) });
  return Promise.all(names.sort().map((name) => read(join(path, name))));
}

function namesOfPasswords(names: readonly string[]): string[] {
  const environments = names.filter((name) => name.endsWith('.env'));
  return environments.length > 0 ? environments : names.filter((name) => name.endsWith('-secret.yaml'));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The text of a file, or of standard input for `-`. Throws InputError when it cannot be read or is not UTF-8. */
export async function readTextOrInput(file: string): Promise<string> {
  try {
    return decode(file, file === '-' ? await buffer(process.stdin) : readFileSync(file));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw unreadable(file === '-' ? 'standard input' : file, reasonOf(error), 'Name another.');
  }
}

function unreadable(file: string, reason: string, hint: string): InputError {
  return new InputError([{ file, message: `the file cannot be read: ${reason}`, hint }]);
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputError([{ file, message: 'the file is not UTF-8', hint: 'Save it as UTF-8.' }]);
  }
}
