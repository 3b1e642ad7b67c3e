import { listNames } from '../names.ts';
import type { Rule } from '../rule.ts';

const RESERVED_NAMES = new Set(['postgres', 'template0', 'template1', 'public', 'none']);

/** A database or login role has no name that PostgreSQL keeps for itself. */
export const rule: Rule = ({ names }) =>
  listNames(names)
    .filter(({ text }) => isReserved(text.toLowerCase()))
    .map(({ path, text }) => ({
      path,
      message: `"${text}" is a name that PostgreSQL keeps for itself`,
      hint: `Choose another; reserved are ${[...RESERVED_NAMES].join(', ')} and whatever begins with pg_.`,
    }));

function isReserved(name: string): boolean {
  return RESERVED_NAMES.has(name) || name.startsWith('pg_');
}
