import type pg from 'pg';
import type { SchemaFile } from '../generate/validate/schema-files.ts';
import { sha256 } from './checksum.ts';

/** Of one ledger no more rows are taken: a service writes there what it likes. */
const MOST_ROWS = 50_000;

/** What the ledger of the session's database has of these files: checksums by rows. Nothing where somebody else than the admin owns it: then reading it could run what its owner planted. */
export async function readLedger(client: pg.Client, files: readonly SchemaFile[]): Promise<ReadonlyMap<string, string>> {
  const own = await client.query(
    `SELECT FROM pg_class WHERE oid = to_regclass('shared_postgresql.schema_file') AND pg_get_userbyid(relowner) = current_user
       AND relkind = 'r' AND NOT relrowsecurity AND NOT EXISTS (SELECT FROM pg_rewrite WHERE ev_class = pg_class.oid)`,
  );
  if (own.rowCount === 0) return new Map();
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `SELECT left(name, 300) AS name, left(checksum, 64) AS checksum FROM shared_postgresql.schema_file
     WHERE split_part(name, ' ', 1) = ANY ($1) OR checksum = ANY ($2) LIMIT ${MOST_ROWS}`,
    [files.map(({ name }) => name), files.map(({ text }) => sha256(text))],
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

/** Whether a file was begun outside a transaction and is not done. */
export function isBegun(name: string, ledger: ReadonlyMap<string, string>): boolean {
  return !ledger.has(name) && [...ledger.keys()].some((row) => row.startsWith(`${name} `));
}
