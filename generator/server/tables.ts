import type pg from 'pg';
import { asAdmin, type Connection } from './session.ts';

/** What a service keeps in its database, as the system catalogs say it: enough to draw, and never more than that. */
export interface Tables {
  readonly tables: readonly Table[];
  readonly references: readonly Reference[];
  /** How many tables there are, also those beyond what is read. */
  readonly total: number;
}

export interface Table {
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly comment: string | null;
  /** By the last ANALYZE; null where there was none. */
  readonly rows: number | null;
  /** With its indexes, by the last VACUUM or ANALYZE. */
  readonly bytes: number;
  readonly columns: readonly Column[];
  /** How many columns there are, also those beyond what is read. */
  readonly width: number;
}

export interface Column {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly isKey: boolean;
  readonly isRequired: boolean;
}

/** A foreign key, by its first column. */
export interface Reference {
  readonly from: Side;
  readonly to: Side;
  /** Whether no two rows refer to the same row. */
  readonly isUnique: boolean;
}

interface Side {
  readonly table: string;
  readonly column: number;
}

/** What is read of one database at most: a service may have made a hundred thousand tables. */
const TABLES = 60;
const COLUMNS = 30;
const REFERENCES = 150;

/** Characters of a type's name or of a comment: a service may have written a gigabyte. */
const LONGEST = 160;

/** How long each of the queries may take. */
const SETTINGS = ['statement_timeout=20s', 'lock_timeout=5s', 'default_transaction_read_only=on'];

/**
 * Reads system catalogs alone, which no service can change or hide, and takes no lock on a service's table: one that is locked keeps nobody
 * waiting. Throws what the driver throws.
 */
export function readTables(connection: Connection, database: string): Promise<Tables> {
  const read = async (client: pg.Client): Promise<Tables> => {
    const found = await client.query<FoundTable>(FIND_TABLES, [TABLES, LONGEST]);
    const ids = found.rows.map(({ id }) => id);
    const columns = await client.query<FoundColumn>(FIND_COLUMNS, [ids, COLUMNS, LONGEST]);
    const references = await client.query<FoundReference>(FIND_REFERENCES, [ids, REFERENCES]);
    return {
      tables: tablesOf(found.rows, columns.rows),
      references: references.rows.map(referenceOf),
      total: Number(found.rows[0]?.total ?? 0),
    };
  };
  return asAdmin(connection, read, database, SETTINGS);
}

interface FoundTable extends Omit<Table, 'columns' | 'width'> {
  readonly total: string;
}

interface FoundColumn extends Omit<Column, 'isKey' | 'isRequired'> {
  readonly table: string;
  readonly is_key: boolean;
  readonly is_required: boolean;
  readonly width: string;
}

interface FoundReference {
  readonly from_table: string;
  readonly from_column: number;
  readonly to_table: string;
  readonly to_column: number;
  readonly is_unique: boolean;
}

/** Partitions are not tables of their own here, and what an extension made is not the service's. */
const FIND_TABLES = `
SELECT c.oid::text AS id, n.nspname::text AS schema, c.relname::text AS name, left(d.description, $2) AS comment,
  nullif(c.reltuples, -1)::float8 AS rows, 8192.0::float8 * (c.relpages + coalesce(i.pages, 0)) AS bytes, count(*) OVER () AS total
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_description AS d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
LEFT JOIN (SELECT indrelid, sum(relpages) AS pages FROM pg_index JOIN pg_class ON oid = indexrelid GROUP BY indrelid) AS i ON i.indrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('information_schema', 'shared_postgresql') AND n.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
ORDER BY n.nspname <> 'public', n.nspname, c.relname LIMIT $1`;

const FIND_COLUMNS = `
SELECT * FROM (
  SELECT a.attrelid::text AS "table", a.attnum AS number, a.attname::text AS name, left(format_type(a.atttypid, a.atttypmod), $3) AS type,
    a.attnotnull AS is_required, coalesce(a.attnum = ANY (k.conkey), false) AS is_key,
    row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS place, count(*) OVER (PARTITION BY a.attrelid) AS width
  FROM pg_attribute AS a
  LEFT JOIN pg_constraint AS k ON k.conrelid = a.attrelid AND k.contype = 'p'
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
) AS a WHERE place <= $2 ORDER BY "table", place`;

/** A reference is to one row of each where its columns are those of a unique index. */
const FIND_REFERENCES = `
SELECT k.conrelid::text AS from_table, k.conkey[1] AS from_column, k.confrelid::text AS to_table, k.confkey[1] AS to_column,
  EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = k.conrelid AND i.indisunique AND i.indpred IS NULL
          AND string_to_array(i.indkey::text, ' ')::int2[] = k.conkey) AS is_unique
FROM pg_constraint AS k
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = ANY ($1::oid[]) AND k.confrelid = ANY ($1::oid[])
ORDER BY k.conrelid, k.conkey LIMIT $2`;

function tablesOf(found: readonly FoundTable[], columns: readonly FoundColumn[]): Table[] {
  const byTable = new Map<string, FoundColumn[]>();
  for (const column of columns) byTable.set(column.table, [...(byTable.get(column.table) ?? []), column]);
  return found.map(({ total: _, ...table }) => {
    const own = byTable.get(table.id) ?? [];
    return { ...table, columns: own.map(columnOf), width: Number(own[0]?.width ?? 0) };
  });
}

function columnOf({ number, name, type, is_key, is_required }: FoundColumn): Column {
  return { number, name, type, isKey: is_key, isRequired: is_required };
}

function referenceOf({ from_table, from_column, to_table, to_column, is_unique }: FoundReference): Reference {
  return {
    from: { table: from_table, column: from_column },
    to: { table: to_table, column: to_column },
    isUnique: is_unique,
  };
}
