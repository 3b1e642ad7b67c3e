import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

/** Folders that are looked into for it. */
const MOST_FOLDERS = 200;

/** Where a file that is not at its path may be instead: in a folder above, or one or two below; relative to the working folder. */
export function findNearby(path: string): string | undefined {
  const [name, folder] = [basename(path), dirname(resolve(path))];
  const found = [...foldersAbove(folder), ...foldersBelow(folder)].find((each) => isOurs(each, name));
  return found === undefined ? undefined : relative(process.cwd(), join(found, name));
}

/** A chart has a values.yaml as well, which is none to edit. */
function isOurs(folder: string, name: string): boolean {
  return existsSync(join(folder, name)) && !existsSync(join(folder, 'Chart.yaml'));
}

function foldersAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [] : [above, ...foldersAbove(above)];
}

function foldersBelow(folder: string): string[] {
  const first = foldersIn(folder);
  return [...first, ...first.slice(0, MOST_FOLDERS).flatMap(foldersIn)].slice(0, MOST_FOLDERS);
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    const isWanted = (name: string): boolean => !name.startsWith('.') && name !== 'node_modules';
    return entries.filter((entry) => entry.isDirectory() && isWanted(entry.name)).map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}
