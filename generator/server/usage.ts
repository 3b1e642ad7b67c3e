import { readReported } from './certificate.ts';
import { asAdmin, type Connection } from './session.ts';
import { readServer, type DatabaseFacts, type Survey } from './survey.ts';

/** What a server uses of what it was given. */
export interface Usage extends Pick<Survey, 'server'> {
  readonly databases: readonly (DatabaseFacts & { readonly name: string })[];
  /** Of all databases and the write-ahead log, in bytes: what lies on the volume. */
  readonly bytes: number;
  readonly connections: { readonly open: number; readonly most: number };
  /** Whether its volume is full, so that it takes no new data. */
  readonly full: boolean;
  /** Who is connected without TLS; that the certificate ends soon. */
  readonly reported: readonly string[];
}

/** Reads it by one session of the admin, and changes nothing. Throws what the driver throws. */
export function readUsage(connection: Connection): Promise<Usage> {
  const settings = ['statement_timeout=60s', 'default_transaction_read_only=on'];
  return asAdmin(
    connection,
    async (client) => {
      const { server, databases } = await readServer(client);
      const { rows } = await client.query<{ log: string; open: string; most: string; full: boolean }>(
        `SELECT (SELECT sum(size) FROM pg_ls_waldir()) AS log, current_setting('max_connections') AS most,
           (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS open,
           -- As chart/provisioning/reserve.psql leaves it.
           EXISTS (SELECT FROM pg_file_settings WHERE name = 'default_transaction_read_only' AND sourcefile LIKE '%/postgresql.auto.conf') AS full`,
      );
      const { log = '0', open = '0', most = '0', full = false } = rows[0] ?? {};
      const held = [...databases.values()].reduce((sum, { bytes }) => sum + bytes, 0);
      return {
        server,
        databases: [...databases].map(([name, facts]) => ({ name, ...facts })),
        bytes: held + Number(log),
        connections: { open: Number(open), most: Number(most) },
        full,
        reported: await readReported(client),
      };
    },
    'postgres',
    settings,
  );
}
