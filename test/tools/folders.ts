import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
export const CHART = join(PROJECT, 'chart');
export const VALUES = join(PROJECT, 'values.yaml');

/** Where tools that were fetched stay between runs. */
export const CACHE = join(PROJECT, '.cache');

const made: string[] = [];

/** A new empty folder that is removed when the process ends. */
export function temporaryFolder(base = tmpdir()): string {
  if (made.length === 0) process.on('exit', () => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
  const folder = mkdtempSync(join(base, 'shared-postgresql-'));
  made.push(folder);
  return folder;
}

const MEMORY = '/dev/shm';

/** In memory if there is room for some servers at once: each copies tens of MB, and most tests wait for nothing else. */
export function roomiest(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > 4 * 1024 ** 3 ? MEMORY : tmpdir();
}
