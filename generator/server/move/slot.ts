import pg from 'pg';
import { inDatabase, MoveError, type End, type Ends } from './ends.ts';

/** The name of the slot: the source's server has one for each database that moves. */
export async function slotOf({ admin, service }: End): Promise<string> {
  const { rows } = await admin.query<{ slot: string }>(
    `SELECT 'shared_postgresql_move_' || oid AS slot FROM pg_database WHERE datname = $1`,
    [service.database],
  );
  return rows[0]?.slot ?? '';
}

/** Makes the publication of all tables that are there, in place of one that an earlier move left. Those of the ledger are the admin's at both ends. */
export async function publish(source: End): Promise<void> {
  await inDatabase(source, async (client) => {
    const { rows } = await client.query<{ statement: string }>(PUBLISH);
    for (const { statement } of rows) await client.query(statement);
  });
}

const PUBLISH = `
SELECT 'DROP PUBLICATION IF EXISTS shared_postgresql_move' AS statement
UNION ALL
SELECT 'CREATE PUBLICATION shared_postgresql_move' || coalesce(' FOR TABLE ' || string_agg(format('ONLY %I.%I', nspname, relname), ', ' ORDER BY nspname, relname), '')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE relkind = 'r' AND relpersistence = 'p' AND nspname NOT IN ('information_schema', 'shared_postgresql') AND nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')`;

/** Takes slot and publication away. */
export async function unpublish(source: End): Promise<void> {
  const slot = await slotOf(source);
  await source.admin.query(
    'SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots WHERE slot_name = $1 AND active',
    [slot],
  );
  await source.admin.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1', [slot]);
  await inDatabase(source, (client) => client.query('DROP PUBLICATION IF EXISTS shared_postgresql_move'));
}

/** Makes the slot, and holds the snapshot from which on it has all changes, as long as `use` goes on. */
export function withSnapshot<T>(source: End, slot: string, use: (snapshot: string) => Promise<T>): Promise<T> {
  // Only a session that replicates gives a snapshot.
  const connection = { ...source.connection, replication: 'database' };
  return inDatabase({ ...source, connection }, async (client) => use(await makeSlot(source, client, slot)));
}

/** That waits for each transaction of the server that has begun to write, of whichever service. */
async function makeSlot({ admin }: End, client: pg.Client, slot: string): Promise<string> {
  const make = `CREATE_REPLICATION_SLOT ${slot} LOGICAL pgoutput EXPORT_SNAPSHOT`;
  try {
    return (await client.query<{ snapshot_name: string }>(make)).rows[0]?.snapshot_name ?? '';
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !['55P03', '57014'].includes(error.code ?? '')) throw error;
    const { rows } = await admin.query<{ who: string }>(WRITES);
    throw new MoveError(
      `the source has a transaction that does not end, of whichever service${rows.map(({ who }) => `: ${who}`).join('')}.`,
      'Have it end, or end it with pg_terminate_backend, and run this again; or move the service with --with-downtime.',
    );
  }
}

const WRITES = `
SELECT format('session %s of %s in database %s, since %s', pid, usename, datname, date_trunc('second', xact_start)) AS who
FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1`;

/** Written down at the target: it has all that was there when the slot was made, and what that was made of. */
export async function rememberCopy({ source, target }: Ends, objects: string): Promise<void> {
  const { rows } = await source.admin.query<{ lsn: string }>(POSITION, [await slotOf(source)]);
  await inDatabase(target, (client) =>
    client.query('UPDATE shared_postgresql.moved SET lsn = $1, objects = $2', [rows[0]?.lsn, objects]),
  );
}

const POSITION = 'SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = $1';

/**
 * Whether the slot has all that followed the copy: a server keeps no more of its log than max_slot_wal_keep_size, and one that took the place of another has no
 * slot. And whether the target has all that was taken from it: a server that was not told to wait may have lost what it wrote last.
 */
export async function isWhole({ source, target }: Ends): Promise<boolean> {
  const { rows } = await source.admin.query<{ whole: boolean }>(
    `SELECT wal_status IN ('reserved', 'extended', 'unreserved') AND confirmed_flush_lsn <= $2::pg_lsn AS whole FROM pg_replication_slots WHERE slot_name = $1`,
    [await slotOf(source), await positionOf(target)],
  );
  return rows[0]?.whole ?? false;
}

/** How far the target is; undefined where its server has lost the copy, or was dropping it. */
async function positionOf(target: End): Promise<string | undefined> {
  const { rowCount } = await target.admin.query('SELECT FROM pg_database WHERE datname = $1 AND datconnlimit <> -2', [
    target.service.database,
  ]);
  if (rowCount === 0) return undefined;
  return inDatabase(target, async (client) => {
    const table = await client.query("SELECT WHERE to_regclass('shared_postgresql.moved') IS NOT NULL");
    if (table.rowCount === 0) return undefined;
    const { rows } = await client.query<{ lsn: string }>('SELECT lsn::text FROM shared_postgresql.moved');
    return rows[0]?.lsn;
  });
}
