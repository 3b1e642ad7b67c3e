import type pg from 'pg';
import { readReported } from './certificate.ts';
import { asAdmin, type Connection } from './session.ts';
import { IS_CLIENT, readServer, type DatabaseFacts, type Survey } from './survey.ts';

/** What a server uses of what it was given. */
export interface Usage extends Pick<Survey, 'server'> {
  readonly databases: readonly (DatabaseFacts & { readonly name: string })[];
  /** Of all databases, and of the write-ahead log where the volume is ours, in bytes: what lies on it. */
  readonly bytes: number;
  readonly connections: { readonly open: number; readonly most: number };
  /** Whether its volume is full, so that it takes no new data; undefined where that is somebody else's. */
  readonly full?: boolean;
  /** Who provisions, with the rights of that: SUPERUSER, CREATEDB, CREATEROLE, REPLICATION. */
  readonly admin: { readonly name: string; readonly rights: readonly string[] };
  /** Who is connected without TLS; that the certificate ends soon. */
  readonly reported: readonly string[];
}

/** Reads it by one session of the admin, and changes nothing. Throws what the driver throws. */
export function readUsage(connection: Connection): Promise<Usage> {
  const settings = ['statement_timeout=60s', 'default_transaction_read_only=on'];
  const isOurs = connection.plainHome === undefined;
  return asAdmin(
    connection,
    async (client) => {
      const { server, databases } = await readServer(client);
      const { log, full } = isOurs ? await readVolume(client) : { log: 0, full: undefined };
      const held = [...databases.values()].reduce((sum, { bytes }) => sum + bytes, 0);
      return {
        server,
        databases: [...databases].map(([name, facts]) => ({ name, ...facts })),
        bytes: held + log,
        connections: await readConnections(client),
        full,
        admin: await readAdmin(client),
        reported: await readReported(client, connection),
      };
    },
    undefined,
    settings,
  );
}

/** What only a superuser is told of. */
async function readVolume(client: pg.Client): Promise<{ readonly log: number; readonly full: boolean }> {
  const { rows } = await client.query<{ log: string; full: boolean }>(
    `SELECT (SELECT sum(size) FROM pg_ls_waldir()) AS log,
       -- As chart/provisioning/reserve.psql leaves it.
       EXISTS (SELECT FROM pg_file_settings WHERE name = 'default_transaction_read_only' AND sourcefile LIKE '%/postgresql.auto.conf') AS full`,
  );
  const { log = '0', full = false } = rows[0] ?? {};
  return { log: Number(log), full };
}

async function readConnections(client: pg.Client): Promise<Usage['connections']> {
  const { rows } = await client.query<{ open: string; most: string }>(
    `SELECT current_setting('max_connections') AS most, (SELECT count(*) FROM pg_stat_activity AS a WHERE ${IS_CLIENT}) AS open`,
  );
  const { open = '0', most = '0' } = rows[0] ?? {};
  return { open: Number(open), most: Number(most) };
}

async function readAdmin(client: pg.Client): Promise<Usage['admin']> {
  const { rows } = await client.query<Usage['admin']>(
    `SELECT rolname::text AS name,
       array_remove(ARRAY[CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
         CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolreplication THEN 'REPLICATION' END], NULL) AS rights
     FROM pg_roles WHERE rolname = current_user`,
  );
  return rows[0] ?? { name: client.user ?? '', rights: [] };
}
