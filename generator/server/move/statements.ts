import pg from 'pg';
import type { Column, Relation, Value } from './pgoutput.ts';

/** A statement, and how many rows it must meet; undefined where that does not matter. */
export interface Statement {
  readonly text: string;
  readonly rows: number | undefined;
}

/*
 * Names and values are quoted by the driver, so that many statements go to the server at once: it would take longer to wait for each than to run it.
 */
const quote = (name: string): string => pg.escapeIdentifier(name);

const literal = (value: Value): string => (value === null || value === undefined ? 'NULL' : pg.escapeLiteral(value));

/** What a table is called, with its schema. */
type Named = Pick<Relation, 'schema' | 'name'>;

const nameOf = ({ schema, name }: Named): string => `${quote(schema)}.${quote(name)}`;

/** Columns that nobody can set, by their names as nameOfColumn has them: identities that are always generated. */
export type Fixed = ReadonlySet<string>;

export const nameOfColumn = (relation: Named, name: string): string => `${nameOf(relation)}.${quote(name)}`;

/** Identities that are always generated take the values that they had. */
export function insertInto(relation: Relation, rows: readonly (readonly Value[])[]): Statement {
  const { columns } = relation;
  const into = `INSERT INTO ${nameOf(relation)}`;
  if (columns.length === 0) return { text: `${into} SELECT FROM generate_series(1, ${rows.length})`, rows: rows.length };
  const names = columns.map(({ name }) => quote(name)).join(', ');
  const tuples = rows.map((row) => `(${columns.map((_, index) => literal(row[index])).join(', ')})`);
  return { text: `${into} (${names}) OVERRIDING SYSTEM VALUE VALUES ${tuples.join(', ')}`, rows: rows.length };
}

export interface Update {
  /** The row, or its key, as it was; without it the key is as it is now. */
  readonly old: readonly Value[] | undefined;
  readonly row: readonly Value[];
}

export function updateOf(relation: Relation, { old, row }: Update, fixed: Fixed): Statement | undefined {
  const changed = relation.columns.flatMap(({ name }, index) => {
    const value = row[index];
    return value === undefined || fixed.has(nameOfColumn(relation, name)) ? [] : [`${quote(name)} = ${literal(value)}`];
  });
  if (changed.length === 0) return undefined;
  return { text: `UPDATE ${nameOf(relation)} SET ${changed.join(', ')} WHERE ${conditionOn(relation, old ?? row)}`, rows: 1 };
}

export function deleteFrom(relation: Relation, old: readonly Value[]): Statement {
  return { text: `DELETE FROM ${nameOf(relation)} WHERE ${conditionOn(relation, old)}`, rows: 1 };
}

export function truncate(relations: readonly Relation[], restarts: boolean): Statement {
  const names = relations.map((relation) => `ONLY ${nameOf(relation)}`).join(', ');
  return { text: `TRUNCATE ${names}${restarts ? ' RESTART IDENTITY' : ''}`, rows: undefined };
}

/** Which row is meant: by its key, or, of a table without one, one of those that are like it. */
function conditionOn(relation: Relation, row: readonly Value[]): string {
  const conditions = relation.columns.flatMap((column, index) => {
    const value = row[index];
    return value === undefined || !(column.isKey || relation.isFull)
      ? []
      : [relation.isFull ? isText(column, value) : `${quote(column.name)} = ${literal(value)}`];
  });
  if (!relation.isFull) return conditions.join(' AND ');
  return `ctid = (SELECT ctid FROM ONLY ${nameOf(relation)} WHERE ${conditions.join(' AND ') || 'true'} LIMIT 1)`;
}

/** By what its type writes: some types have no equality, and to that of others 1.0 and 1.00, or a and A, are one. */
function isText({ name }: Column, value: Value): string {
  if (value === null) return `pg_catalog.num_nulls(${quote(name)}) = 1`;
  return `pg_catalog.num_nulls(${quote(name)}) = 0 AND pg_catalog.concat(${quote(name)}) = ${literal(value)}`;
}
