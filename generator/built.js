import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** What `npm run build` makes of the sources: the program with its libraries, and the digest of what it was made of. */
export const DIST = join(PROJECT, 'dist');
export const DIGEST = join(DIST, 'sources.sha256');

/** What lies beside it in schema/ belongs to the services, and nobody knows what it is: a link may lead anywhere. */
const CONTRACT = ['schema/kubernetes.json', 'schema/values.schema.json'];

/**
 * Whether what was built is what the sources say now; their texts decide, since copies and archives change their times. The npm package has no
 * sources, so there it is.
 */
export function isBuilt() {
  if (!existsSync(join(PROJECT, 'generator/main.ts'))) return true;
  return existsSync(DIGEST) && readFileSync(DIGEST, 'utf8') === digestSources();
}

/** The digest of everything that goes into the build. Libraries are as package.json wants them: installing builds again. */
export function digestSources() {
  const hash = createHash('sha256');
  for (const path of ['package.json', ...CONTRACT, ...filesIn('generator', '.ts', '.js', '.json')])
    hash
      .update(`${path}\n`)
      .update(readFileSync(join(PROJECT, path)))
      .update('\n');
  return hash.digest('hex');
}

function filesIn(folder, ...endings) {
  const names = readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .sort()
    .map((name) => join(folder, name));
}
