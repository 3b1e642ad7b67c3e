import type { Libpq } from '../laptop/dump.ts';
import { addressOf, type Connection } from '../server/session.ts';
import { sslVariablesOf } from '../server/url.ts';

/** The server that --url or the environment names, for programs that read libpq's variables alone. */
export function libpqOf(connection: Connection, url: string | undefined): Libpq {
  const { host, port, user, password } = addressOf(connection);
  const ssl = sslVariablesOf(url ?? process.env['DATABASE_URL'], process.env);
  return { ...ssl, PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password };
}
