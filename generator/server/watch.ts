import type pg from 'pg';
import { asAdmin, readScript, type Connection } from './session.ts';

/** How often somebody looks, in milliseconds. */
const EVERY = 2000;

/** How long others may have to wait for a service's session, in seconds: less than a login is given (authentication_timeout). */
const PATIENCE = 5;

/**
 * Does something while a second session of the admin, logged in before anything can stop logins, ends the sessions of services that
 * keep it, or everybody, waiting. Tells of each.
 */
export function whileWatching<T>(connection: Connection, say: (line: string) => void, use: () => Promise<T>): Promise<T> {
  return asAdmin(
    connection,
    async (client) => {
      // Where nothing can be made, as on a standby, there is nothing to watch either.
      await holdAnew(client).catch(() => undefined);
      const stop = startWatch(client, say);
      return use().finally(stop);
    },
    'postgres',
    [`shared_postgresql.patience=${PATIENCE}`],
  );
}

/** Reads again who is watched, and holds what a login needs. */
async function holdAnew(client: pg.Client): Promise<void> {
  await client.query('COMMIT');
  await client.query(readScript('watched.sql'));
  await client.query(readScript('hold.sql'));
}

/** After so many looks who is watched is read again. */
const LOOKS = 15;

/** Looks again and again until it is told to stop. What it cannot see, whoever waits will say. */
function startWatch(client: pg.Client, say: (line: string) => void): () => void {
  const queries = [readScript('hoarders.sql'), readScript('blockers.sql')];
  let looks = 0;
  let isLooking = false;
  const look = async (): Promise<void> => {
    await client.query('SELECT pg_stat_clear_snapshot()');
    for (const query of queries) for (const { line } of (await client.query<{ line: string }>(query)).rows) say(line);
    looks += 1;
    if (looks % LOOKS === 0) await holdAnew(client);
  };
  const lookOnce = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    await look().catch(() => holdAnew(client).catch(() => undefined));
    isLooking = false;
  };
  const timer = setInterval(() => void lookOnce(), EVERY);
  return () => clearInterval(timer);
}
