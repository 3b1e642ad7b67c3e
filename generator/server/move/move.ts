import pg from 'pg';
import { bringAtOnce, bringBeside, type Run } from './bring.ts';
import type { Check } from '../checks.ts';
import { checkMove } from './checks.ts';
import { carryLedger, compareEnds, tidyUp, type Carrier, type Compared } from './copy.ts';
import { giveBackTarget, leaveSource, openTarget, reopenSource, returnToSource, sendAway } from './doors.ts';
import { asMover, atBothEnds, dropMover, endSessions, letMoverIn, MoveError, sizeOf, type Ends, type Side } from './ends.ts';
import { narrow } from './identities.ts';
import { beginMove, identityOf, readArrival, readMove, type Arrival, type Move } from './record.ts';
import { unpublish } from './slot.ts';

/** How a service is moved. */
export interface MoveOptions {
  readonly source: Side;
  readonly target: Side;
  readonly carrier: Carrier;
  /** Whether writes are stopped for the whole of the copy. */
  readonly withDowntime: boolean;
  /** Hears of each step as it begins. */
  readonly say: (line: string) => void;
}

/** What became of it. */
export interface Moved {
  readonly compared?: Compared;
  /** How long nobody could write, in milliseconds; undefined when it had begun before this run. */
  readonly pause?: number;
  /** The database at the target that was in its place before. */
  readonly former?: string;
}

/** Looks at what keeps a service from being moved, and changes nothing but what the records need. */
export function checkService({ source, target, withDowntime }: Omit<MoveOptions, 'carrier' | 'say'>): Promise<readonly Check[]> {
  return atBothEnds(source, target, (ends) => checkMove(ends, withDowntime));
}

/** The move of it that has begun. */
export function findMove(source: Side, target: Side): Promise<Move | undefined> {
  return atBothEnds(source, target, (ends) => readMove(ends.source));
}

/**
 * Moves a service, or goes on where an earlier run was cut off: each step is written down at the source before the next begins. What fails while
 * nobody writes gives the service back to the source. Throws MoveError with what is in the way.
 */
export function moveService(options: MoveOptions): Promise<Moved> {
  const { source, target, ...rest } = options;
  return atBothEnds(source, target, (ends) => inTurn(ends, () => go({ ...ends, ...rest })));
}

/** Two of them would undo each other's work. The lock ends with the session: of one that was killed, as soon as the server notices. */
async function inTurn<T>({ source: { admin, service } }: Ends, use: () => Promise<T>): Promise<T> {
  await admin.query(`SET lock_timeout = '10s'`);
  try {
    await admin.query(`SELECT pg_advisory_lock(hashtext('shared_postgresql_move'), hashtext($1))`, [service.name]);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '55P03') throw error;
    throw new MoveError(
      'another move of this service is running.',
      'Wait until it has ended; pg_stat_activity at the source shows it.',
    );
  }
  await admin.query('RESET lock_timeout');
  return use();
}

async function go(run: Run): Promise<Moved> {
  const arrival = await readOwnArrival(run);
  const begun = (await readMove(run.source)) ?? (await begin(run));
  await refuseOther(run, begun);
  if (begun.phase === 'moved' && !arrival) return finish(run);
  if (begun.phase !== 'copying' && !arrival) throw new MoveError(UNKNOWN, HOW_TO_KNOW);
  const move = begun.phase === 'moved' ? await returnToSource(run.source, begun) : begun;
  if (move.phase === 'locked') await sendAway(run.source);
  const bytes = await sizeOf(run.source);
  await letMoverIn(run.source, bytes, false);
  await letMoverIn(run.target, bytes, !move.withDowntime);
  try {
    await (move.withDowntime ? bringAtOnce(run, move) : bringBeside(run, move));
    return await settle(run);
  } catch (error) {
    await openAgain(run);
    throw error;
  }
}

/** What is at the target may be the service's own since. */
const UNKNOWN =
  'the source has this move begun, and the target knows of none: it was opened there, or a server lost what it wrote last.';
const HOW_TO_KNOW =
  'Look whether the service is at home at the target (connect). If it is, leave it there: it is locked at the source, and --undo would open it at both. If it is not, end the move with --undo, and begin anew.';

/** Whatever fails while nobody writes gives the service back, unless the source cannot be reached: then the next run goes on, or ends it. */
async function openAgain(run: Run): Promise<void> {
  const move = await readMove(run.source).catch(() => undefined);
  if (move?.phase !== 'locked') return;
  await giveBack(run).catch(() => run.say('the service could not be opened again: run this again, or with --undo'));
}

async function begin({ source, target, withDowntime }: Run): Promise<Move> {
  await beginMove(source, await identityOf(target.admin), withDowntime);
  const begun = await readMove(source);
  if (begun) return begun;
  throw new MoveError('the source did not write down that the move begins.', 'Run this again.');
}

/** What comes to the target from elsewhere is neither gone on with nor ended from here. */
async function readOwnArrival({ source, target }: Ends): Promise<Arrival | undefined> {
  const arrival = await readArrival(target);
  if (arrival === undefined || arrival.other === (await identityOf(source.admin))) return arrival;
  throw new MoveError(
    'a move of this service from another server to the target has begun.',
    'Finish that one, or end it there with --undo.',
  );
}

/** What has begun goes on to where it went, and as it went. */
async function refuseOther({ target, withDowntime }: Run, move: Move): Promise<void> {
  if (move.other !== (await identityOf(target.admin)))
    throw new MoveError(
      'a move of this service to another server has begun.',
      'Name that one with --to and --to-url, or end it there with --undo.',
    );
  if (move.phase !== 'moved' && move.withDowntime !== withDowntime)
    throw new MoveError(
      `a move of this service ${move.withDowntime ? 'with' : 'without'} downtime has begun.`,
      `Run it again ${move.withDowntime ? 'with' : 'without'} --with-downtime, or end it with --undo.`,
    );
}

/** All is there, and nobody writes. Where the source has written down that it moved, nothing leads back. */
async function settle(run: Run): Promise<Moved> {
  run.say('compares both ends');
  // One that was logging in when the logins were locked could not be seen then.
  await sendAway(run.source);
  const compared = await compareEnds(run, run.carrier);
  await carryLedger(run);
  run.say('opens it at the target');
  await leaveSource(run.source);
  return { ...(await finish(run)), compared };
}

async function finish(run: Run): Promise<Moved> {
  const { source, target, stopped, say } = run;
  const arrival = await readArrival(target);
  await openTarget(target);
  const pause = stopped === undefined ? undefined : performance.now() - stopped;
  say('removes what only the move needed');
  await tidyUp(target);
  await leaveNothing(run);
  await dropMover(source);
  await dropMover(target);
  return { pause, former: arrival?.former };
}

async function leaveNothing({ source }: Ends): Promise<void> {
  const identities = (await readMove(source))?.identities ?? [];
  await unpublish(source);
  if (identities.length === 0) return;
  await letMoverIn(source, await sizeOf(source), false);
  await asMover(source, (client) => narrow(client, identities));
}

/** Leaves both ends as they were before the move. Throws MoveError when it is over. */
export function undoMove({ source, target, ...rest }: Omit<MoveOptions, 'withDowntime'>): Promise<void> {
  return atBothEnds(source, target, (ends) =>
    inTurn(ends, async () => {
      const move = await readMove(ends.source);
      if (move?.phase === 'moved')
        throw new MoveError('the service has moved.', 'Its way back is another move, from where it is now.');
      if ((await readOwnArrival(ends)) === undefined && move === undefined)
        throw new MoveError('no move of this service has begun.', 'Look at the names of the service and of both servers.');
      await giveBack({ ...ends, ...rest });
    }),
  );
}

async function giveBack(run: Pick<Run, keyof Ends | 'say'>): Promise<void> {
  const { source, target, say } = run;
  const move = await readMove(source);
  await endSessions(source.admin, [source.mover.user]);
  await leaveNothing(run);
  if (move) await reopenSource(source, move);
  say('the service is open at the source, as it was');
  await dropMover(source);
  await giveBackTarget(target);
  await dropMover(target);
}
