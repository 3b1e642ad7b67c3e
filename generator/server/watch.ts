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
    undefined,
    [`shared_postgresql.patience=${PATIENCE}`],
  );
}

/** Reads again who is watched, and holds what a login needs. Where somebody was quicker the session looks without. */
async function holdAnew(client: pg.Client): Promise<void> {
  await client.query('COMMIT');
  await client.query(readScript('watched.sql'));
  await client.query(readScript('hold.sql')).catch(() => client.query('ROLLBACK'));
}

/** Who queues now would be before this session when it asks for its locks again. */
async function isAnybodyQueueing(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM pg_lock_status() WHERE NOT granted AND database = 0');
  return rowCount !== 0;
}

/** After so many looks who is watched is read again. */
const LOOKS = 15;

/** Looks again and again until it is told to stop. What it cannot see, whoever waits will say. */
function startWatch(client: pg.Client, say: (line: string) => void): () => void {
  const [queuers, ...others] = [readScript('queuers.sql'), readScript('hoarders.sql'), readScript('blockers.sql')];
  let looks = 0;
  let isLooking = false;
  const end = async (query: string): Promise<number> => {
    await client.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await client.query<{ line: string }>(query);
    for (const { line } of rows) say(line);
    return rows.length;
  };
  const look = async (): Promise<void> => {
    while ((await end(queuers)) > 0);
    for (const query of others) await end(query);
    looks += 1;
    if (looks % LOOKS === 0 && !(await isAnybodyQueueing(client))) await holdAnew(client);
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
