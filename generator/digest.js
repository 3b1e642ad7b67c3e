import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PROJECT, SEEN, stateOf } from './built.js';

/** Files beside the folder of the generator that go into the build. */
const BESIDE = ['package.json', 'chart/connections/forms.json', 'schema/kubernetes.json', 'schema/values.schema.json'];

/** A file that was written this short before, in milliseconds, may be written again without another time: clocks of disks tick. */
const TICK = 2000;

/** Whether the sources have this digest; if so the states in which they are now are remembered, so that the next start need not read them. */
export function isDigestOfSources(digest) {
  const states = statesOfSources();
  if (digestSources() !== digest) return false;
  if (states) remember(states);
  return true;
}

/** The digest of everything that goes into the build. Libraries are as package.json wants them: installing builds again. */
export function digestSources() {
  const hash = createHash('sha256');
  for (const path of sourcesOf().files)
    hash
      .update(`${path}\n`)
      .update(readFileSync(join(PROJECT, path)))
      .update('\n');
  return hash.digest('hex');
}

function sourcesOf() {
  const entries = readdirSync(join(PROJECT, 'generator'), { recursive: true, withFileTypes: true });
  const pathOf = ({ parentPath, name }) => relative(PROJECT, join(parentPath, name)).replaceAll('\\', '/');
  const isSource = ({ name }) => ['.ts', '.js', '.json'].some((ending) => name.endsWith(ending));
  return {
    files: [...BESIDE, ...entries.filter((entry) => entry.isFile() && isSource(entry)).map(pathOf)].sort(),
    folders: ['generator', ...entries.filter((entry) => entry.isDirectory()).map(pathOf)],
  };
}

/** Of the folders as well: one changes when a file in it is new or gone. Undefined when something was written just now. */
function statesOfSources() {
  const { files, folders } = sourcesOf();
  const paths = [...files, ...folders];
  const latest = Math.max(...paths.map((path) => statSync(join(PROJECT, path)).ctimeMs));
  return latest > Date.now() - TICK ? undefined : Object.fromEntries(paths.map((path) => [path, stateOf(path)]));
}

function remember(states) {
  try {
    writeFileSync(SEEN, JSON.stringify(states));
  } catch {
    // A program that may not write beside itself reads its sources at every start.
  }
}
