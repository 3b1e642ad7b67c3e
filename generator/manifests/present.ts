import { existsSync, realpathSync } from 'node:fs';
import { readTextOrInput } from '../generate/read/texts.ts';
import type { PasswordFile } from './passwords.ts';

/** The file of passwords. Throws InputError when it is there and cannot be read. */
export async function readPasswordFile(file: string): Promise<PasswordFile> {
  return existsSync(file) ? { file, path: realpathSync(file), text: await readTextOrInput(file) } : { file, path: file };
}
