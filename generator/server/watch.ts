import type pg from 'pg';
import { asAdmin, readScript, type Connection } from './session.ts';

/** How often somebody looks, in milliseconds. */
const EVERY = 2000;

/** How long others may have to wait for a service's session, in seconds. */
const PATIENCE = 10;

/**
 * Does something while a second session of the admin, logged in before anything can stop logins, ends the sessions of services that
 * keep it, or everybody, waiting. Tells of each.
 */
export function whileWatching<T>(connection: Connection, say: (line: string) => void, use: () => Promise<T>): Promise<T> {
  return asAdmin(
    connection,
    async (client) => {
      await client.query(readScript('watched.sql'));
      const stop = startWatch(client, say);
      return use().finally(stop);
    },
    'postgres',
    [`shared_postgresql.patience=${PATIENCE}`],
  );
}

/** Looks again and again until it is told to stop. What it cannot see, whoever waits will say. */
function startWatch(client: pg.Client, say: (line: string) => void): () => void {
  const queries = [readScript('hoarders.sql'), readScript('blockers.sql')];
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    for (const query of queries) {
      const { rows } = await client.query<{ line: string }>(query).catch(() => ({ rows: [] }));
      for (const { line } of rows) say(line);
    }
    await client.query(readScript('watched.sql')).catch(() => undefined);
    isLooking = false;
  };
  const timer = setInterval(() => void look(), EVERY);
  return () => clearInterval(timer);
}
