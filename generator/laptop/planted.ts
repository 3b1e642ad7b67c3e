import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LaptopError } from './laptop-error.ts';

/**
 * Refuses a home that came from somebody else, with a repository or by another user of the machine: through a link in it files elsewhere would
 * be written and removed, and the owner of a folder reads whatever comes into it. Throws LaptopError with what it is.
 */
export function refusePlanted(folder: string): void {
  refuseLink(folder);
  const owner = lstatSync(folder, { throwIfNoEntry: false })?.uid;
  if (owner !== undefined && owner !== (process.getuid?.() ?? owner))
    throw new LaptopError(
      `${folder}: it belongs to another user (number ${owner}), who may read what is kept there. Remove it, or run this as that user.`,
    );
  for (const each of [folder, join(folder, 'env'), join(folder, 'server')])
    for (const name of entriesOf(each)) refuseLink(join(each, name));
}

function refuseLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new LaptopError(
      `${path}: it is a symbolic link, and files elsewhere would be written or removed through it. Remove it; what is needed is made anew.`,
    );
}

function entriesOf(folder: string): string[] {
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}
