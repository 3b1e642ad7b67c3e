import { isShipped } from './facts.ts';
import type { Made } from './made.ts';
import type { Kind, Name } from './name.ts';

/** What is no type, and may be written as one. */
const SERIALS = ['serial', 'bigserial', 'smallserial', 'serial2', 'serial4', 'serial8'];

/** What PostgreSQL calls the indexes and sequences that come with a table. */
const WITH_A_TABLE = /_(seq|pkey|key|idx|excl|fkey|check)\d*$/;

/** The row that a rule is about. */
const OF_A_RULE = ['old', 'new'];

/** Whether a server of a major has what is named, or a statement before made it. When in doubt it has. */
export function isThere(made: Made, { kind, schema, name }: Name & { readonly kind: Kind }, major: number): boolean {
  if (schema === 'information_schema' || schema.startsWith('pg_temp') || schema.startsWith('shared_postgresql')) return true;
  const isOwn = (of: Kind): boolean => isShipped(of, name, major, made.extensions);
  if (made.has(kind, { schema, name }) || isOwn(kind)) return true;
  if (kind === 'relation')
    return made.types.has({ schema, name }) || name.startsWith('pg_') || WITH_A_TABLE.test(name) || OF_A_RULE.includes(name);
  if (kind === 'type')
    return made.relations.has({ schema, name }) || isOwn('relation') || name.startsWith('_') || SERIALS.includes(name);
  return kind === 'function' && (made.types.has({ schema, name }) || made.relations.has({ schema, name }) || isOwn('type'));
}
