import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';

export const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** What `npm run build` makes of the sources: the program with its libraries, and the digest of what it was made of. */
export const DIST = join(PROJECT, 'dist');
export const DIGEST = join(DIST, 'sources.sha256');

/** The states in which sources and their folders were when their digest was the one of the build. */
export const SEEN = join(DIST, 'sources.seen.json');

/**
 * Whether what was built is what the sources say now. Their texts decide, since copies and archives change their times; they are read only when one
 * of them is in another state than when they were read last. The npm package has none, so there it is.
 */
export async function isBuilt() {
  if (!existsSync(join(PROJECT, 'generator/main.ts'))) return true;
  if (!existsSync(DIGEST)) return false;
  if (areAsSeen()) return true;
  const { isDigestOfSources } = await import('./digest.js');
  return isDigestOfSources(readFileSync(DIGEST, 'utf8'));
}

function areAsSeen() {
  try {
    const seen = Object.entries(JSON.parse(readFileSync(SEEN, 'utf8')));
    return seen.length > 0 && seen.every(([path, state]) => stateOf(path) === state);
  } catch {
    return false;
  }
}

/** What no writing leaves as it is: nobody sets a ctime, whatever becomes of the other times. */
export function stateOf(path) {
  const state = statSync(join(PROJECT, path), { throwIfNoEntry: false });
  return state && `${state.size} ${state.ctimeMs} ${state.ino}`;
}
