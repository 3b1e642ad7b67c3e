import type pg from 'pg';
import type { Identity } from './record.ts';

/**
 * Tables by which the source could not tell a row that is changed: updates of these would fail as soon as they are published. A key that is looked at when
 * a transaction ends (DEFERRABLE) tells nothing, and an index that was named as the identity may be gone.
 */
const WITHOUT_IDENTITY = `
SELECT c.oid::regclass::text AS "table", relreplident AS was FROM pg_class AS c
WHERE relkind = 'r' AND relpersistence = 'p' AND c.oid >= 16384 AND relnamespace IS DISTINCT FROM to_regnamespace('shared_postgresql')
  AND relreplident <> 'f' AND NOT EXISTS (
    SELECT FROM pg_index WHERE indrelid = c.oid AND indimmediate
      AND CASE relreplident WHEN 'd' THEN indisprimary WHEN 'i' THEN indisreplident END)
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
ORDER BY 1`;

/** Wants a session whose search_path is that of the admin's and the mover's: names are written for it. */
export async function readWithoutIdentity(client: pg.Client): Promise<readonly Identity[]> {
  return (await client.query<Identity>(WITHOUT_IDENTITY)).rows;
}

/** Has these tables write whole rows into the log. In a session of the mover, whose tables they are. */
export async function widen(client: pg.Client, identities: readonly Identity[]): Promise<void> {
  for (const { table } of identities) await alter(client, table, 'FULL');
}

/** Gives them back what they had: without its index an identity is nothing. One that is gone meanwhile is passed over. */
export async function narrow(client: pg.Client, identities: readonly Identity[]): Promise<void> {
  for (const { table, was } of identities) {
    const { rowCount } = await client.query('SELECT WHERE to_regclass($1) IS NOT NULL', [table]);
    if (rowCount !== 0) await alter(client, table, was === 'd' ? 'DEFAULT' : 'NOTHING');
  }
}

/** Whoever uses the table is waited for, and nobody waits behind this for longer than a moment. */
async function alter(client: pg.Client, table: string, identity: 'FULL' | 'NOTHING' | 'DEFAULT'): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('ALTER TABLE ONLY %s REPLICA IDENTITY %s', $1::text::regclass, $2::text) AS statement`,
    [table, identity],
  );
  await client.query(`SET lock_timeout = '5s'`);
  await client.query(rows[0]?.statement ?? '');
  await client.query('RESET lock_timeout');
}
