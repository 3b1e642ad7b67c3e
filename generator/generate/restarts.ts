import { createHash } from 'node:crypto';
import { isRecord, leavesOf, type Field } from './fields.ts';
import { compare } from './problem.ts';

/** Hashes of the values whose change restarts the server, by path: values may be nobody else's business, and it is enough to know that they differ. */
export type Restarts = Readonly<Record<string, string>>;

/** What counts is what follows from it, which desired.json has. */
const COMPUTED = 'postgresql.maxConnections';

/** What the server's pod is made of, as the values say it. The entries of a map stand alone. */
export function restartsOf(values: object, fields: readonly Field[]): Restarts {
  const restarting = fields.flatMap(leavesOf).filter(({ effect, path }) => effect === 'restart' && path !== COMPUTED);
  const entries = restarting.flatMap(({ path }) => entriesAt(path, valueAt(values, path.split('.'))));
  return Object.fromEntries(entries.map(([path, value]): [string, string] => [path, hashOf(toPod(path, value))]));
}

/** What the server's pod sees of a value: of these three origins the same, an admin's Secret that may come later. */
function toPod(path: string, value: unknown): unknown {
  return path === 'auth.passwords' && (value === 'existingSecret' || value === 'deploy') ? 'generated' : value;
}

/** The paths at which the values are not what they were, for a chart that was generated before. */
export function changedRestarts(now: Restarts, before: string | undefined): string[] {
  const former = readRestarts(before);
  if (former === undefined) return [];
  const paths = new Set([...Object.keys(now), ...Object.keys(former)]);
  return [...paths].filter((path) => now[path] !== former[path]).sort(compare);
}

/** What a text of RESTARTS_PATH says; undefined when it is none, and nothing is known of before. */
function readRestarts(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const data: unknown = JSON.parse(text ?? '');
    const restarts = isRecord(data) ? data['restarts'] : undefined;
    return isRecord(restarts) ? restarts : undefined;
  } catch {
    return undefined;
  }
}

function entriesAt(path: string, value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value).map(([key, entry]) => [`${path}.${key}`, entry]) : [[path, value]];
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce((node, step) => (isRecord(node) ? node[step] : undefined), values);
}

function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value ?? null))
    .digest('hex')
    .slice(0, 12);
}
