import type pg from 'pg';
import { asAdmin, type Connection } from './session.ts';

/** No message of the server's may be longer, in bytes: the driver holds each one whole, and a schema file may raise it. */
const LONGEST_MESSAGE = 32 * 1024 * 1024;

export interface Bounds {
  /** How the admin logs in who ends the session. */
  readonly connection: Connection;
  readonly seconds: number;
  /** What the sentences are about: `its schema files`. */
  readonly what: string;
}

/**
 * Uses a session for so many seconds at most, whatever its time-outs: a statement may catch them, or wait in its commit. Then another
 * session of the admin ends it. Throws an error with a sentence of its own when it was ended.
 */
export async function withinBounds(client: pg.Client, bounds: Bounds, use: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  const { connection, seconds, what } = bounds;
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<never>((_, reject) => {
    const end = (why: string): void => {
      void endSession(connection, client, rows[0]?.pid).then(() =>
        reject(new Error(`ERROR:  ${what} ${why}; the session was ended`)),
      );
    };
    timer = setTimeout(() => end(`did not end in ${seconds} s, whatever the time-outs`), seconds * 1000);
    client.connection.stream.on(
      'data',
      onLongMessage(() => end(`said more at once than ${LONGEST_MESSAGE >> 20} MiB`)),
    );
  });
  await Promise.race([ended, use()]).finally(() => clearTimeout(timer));
}

/** Ends it on the server, and here as well: a session that heeds nothing must not keep the run. */
async function endSession(connection: Connection, client: pg.Client, pid: number | undefined): Promise<void> {
  client.connection.stream.pause();
  await asAdmin(connection, (admin) =>
    admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = $1 AND usename = $2', [
      pid,
      client.user,
    ]),
  ).catch(() => undefined);
  client.connection.stream.destroy();
}

/** Reads along in what the server says, and tells of a message that is too long as soon as it begins (a type of one byte, then the length). */
function onLongMessage(tell: () => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0);
  let left = 0;
  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      const skipped = Math.min(left, rest.length);
      left -= skipped;
      const taken = rest.subarray(skipped, skipped + 5 - header.length);
      rest = rest.subarray(skipped + taken.length);
      header = left === 0 ? Buffer.concat([header, taken]) : header;
      if (header.length < 5) continue;
      left = Math.max(0, header.readInt32BE(1) - 4);
      header = Buffer.alloc(0);
      if (left > LONGEST_MESSAGE) tell();
    }
  };
}
