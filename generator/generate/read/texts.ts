import { readFileSync } from 'node:fs';
import { InputError } from '../problem.ts';

/** The texts of files, by their paths: relative, with slashes. */
export type Texts = ReadonlyMap<string, string>;

/** The text of a file, or of standard input for `-`. Throws InputError when it cannot be read or is not UTF-8. */
export function readTextOrInput(file: string): string {
  return file === '-' ? readFileSync(0, 'utf8') : readText(file);
}

/** The text of a file. Throws InputError when it cannot be read or is not UTF-8. */
export function readText(file: string): string {
  const bytes = readBytes(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputError([{ file, message: 'the file is not UTF-8', hint: 'Save it as UTF-8.' }]);
  }
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const message = `the file cannot be read: ${reasonOf(error)}`;
    throw new InputError([{ file, message, hint: 'Name another with --values FILE.' }]);
  }
}

/** What a person reads of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
