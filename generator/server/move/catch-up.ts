import { follower, type Follow } from './changes.ts';
import { asMover, inDatabase, MoveError, type End, type Ends } from './ends.ts';
import { slotOf } from './slot.ts';

/**
 * It is near enough when so few messages were left, and took no longer, in milliseconds, or not much less than those before: what is left after writes stop
 * is no more than that.
 */
const NEAR = 5_000;
const QUICK = 1_000;
const LESS = 0.7;

/** How long it may not come nearer, in milliseconds. */
const PATIENCE = 10 * 60_000;

/** How often it tells how far it is, in milliseconds. */
const TOLD = 10_000;

/** Applies what was written since the copy; when it is near it has writes stopped, and takes the rest. */
export function followChanges(run: Ends & { say(line: string): void }, stop: () => Promise<void>): Promise<void> {
  const { source, target } = run;
  return inDatabase(source, (reader) =>
    asMover(target, async (client) => {
      const follow = await follower(source, reader, client);
      await comeNear(source, follow, (line) => run.say(line));
      await stop();
      while ((await follow()) > 0);
    }),
  );
}

async function comeNear(source: End, follow: Follow, say: (line: string) => void): Promise<void> {
  const slot = await slotOf(source);
  let least = { lag: Number.POSITIVE_INFINITY, at: performance.now() };
  let before = Number.POSITIVE_INFINITY;
  for (let told = performance.now(); ;) {
    const started = performance.now();
    const read = await follow();
    const took = performance.now() - started;
    if (read < NEAR && (took < QUICK || took > before * LESS)) return;
    before = took;
    const lag = await lagOf(source, slot);
    const now = performance.now();
    if (lag < least.lag) least = { lag, at: now };
    if (now - least.at > PATIENCE)
      throw new MoveError(
        `more is written at the source than can be taken: ${inMegabytes(lag)} are left, and it is no less for ${PATIENCE / 60_000} minutes.`,
        'Run this again when less is written, or end it with --undo.',
      );
    if (now - told < TOLD) continue;
    say(`${inMegabytes(lag)} of the log are left`);
    told = now;
  }
}

async function lagOf({ admin }: End, slot: string): Promise<number> {
  const { rows } = await admin.query<{ lag: number }>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::float8 AS lag FROM pg_replication_slots WHERE slot_name = $1`,
    [slot],
  );
  return rows[0]?.lag ?? 0;
}

const inMegabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
