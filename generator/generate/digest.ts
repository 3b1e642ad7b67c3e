import { createHash } from 'node:crypto';
import { compare } from './problem.ts';

/** SHA-256 of data: another as soon as anything of it is. The order in which a Map was filled counts for nothing, and a function is no data. */
export function digestOf(data: unknown): string {
  const hash = createHash('sha256');
  let text = '';
  collect(data, (part) => {
    if (typeof part === 'string') {
      text += part;
      return;
    }
    hash.update(text).update(part);
    text = '';
  });
  return hash.update(text).digest('hex');
}

type Add = (part: string | Uint8Array) => void;

/** Each part says what it is and how long, so that no two data have the same parts. */
function collect(data: unknown, add: Add): void {
  if (typeof data === 'string') add(`text ${data.length} ${data}`);
  else if (data instanceof Uint8Array) {
    add(`bytes ${data.length} `);
    add(data);
  } else if (data instanceof Map) collectEntries('map', [...data].sort(byKey), add);
  else if (Array.isArray(data)) {
    add(`list ${data.length} `);
    for (const item of data) collect(item, add);
  } else if (typeof data === 'object' && data !== null) collectEntries('record', Object.entries(data), add);
  else add(typeof data === 'function' ? 'function ' : `${typeof data} ${String(data)} `);
}

function collectEntries(kind: string, entries: readonly (readonly [unknown, unknown])[], add: Add): void {
  add(`${kind} ${entries.length} `);
  for (const [key, value] of entries) {
    collect(key, add);
    collect(value, add);
  }
}

function byKey([a]: readonly [unknown, unknown], [b]: readonly [unknown, unknown]): number {
  return compare(String(a), String(b));
}
