import { followChanges } from './catch-up.ts';
import { carryLargeObjects, carrySequences, furnish, type Carrier } from './copy.ts';
import { isAside, lockSource, makeRoom, reserveTarget } from './doors.ts';
import { asMover, inDatabase, type Ends } from './ends.ts';
import { narrow, readWithoutIdentity, widen } from './identities.ts';
import { enterPhase, identityOf, readArrival, rememberIdentities, type Identity, type Move } from './record.ts';
import { isWhole, publish, rememberCopy, slotOf, unpublish, withSnapshot } from './slot.ts';

/** One run of a move. */
export interface Run extends Ends {
  readonly carrier: Carrier;
  readonly withDowntime: boolean;
  readonly say: (line: string) => void;
  /** When this run stopped writes. */
  stopped?: number;
}

/** Writes stop first, so that a dump has all. */
export async function bringAtOnce(run: Run, { phase }: Move): Promise<void> {
  if (phase === 'copying') {
    await reserveTarget(run.target, await identityOf(run.source.admin));
    await stop(run);
  }
  await copy(run, () => run.carrier.dump(run.source, 'all'));
}

/** The copy is made while the service goes on, and what it writes meanwhile comes after. */
export async function bringBeside(run: Run, { phase, identities }: Move): Promise<void> {
  const isThere = phase !== 'copying' && (await isWhole(run));
  // Where nobody writes, a copy needs no changes.
  if (!isThere && phase === 'locked') return copy(run, () => run.carrier.dump(run.source, 'all'));
  if (!isThere) await copyWithSlot(run, identities);
  run.say('takes what was written since');
  await followChanges(run, () => (phase === 'locked' ? Promise.resolve() : stop(run)));
  run.say('takes sequences and large objects');
  await carrySequences(run);
  await carryLargeObjects(run, run.carrier);
}

async function copyWithSlot(run: Run, known: readonly Identity[]): Promise<void> {
  const { source, target, carrier } = run;
  await reserveTarget(target, await identityOf(source.admin));
  await unpublish(source);
  const identities = await widenTables(run, known);
  await publish(source);
  const slot = await slotOf(source);
  let checksum = '';
  await copy(run, () =>
    withSnapshot(source, slot, async (snapshot) => {
      await carrier.dump(source, 'all but large objects', snapshot);
      ({ checksum } = await carrier.objects('source', source, snapshot));
    }),
  );
  await asMover(target, (client) => narrow(client, identities));
  await rememberCopy(run, checksum);
  await enterPhase(source, 'following');
}

/** Written down before it is done. Those that are known had another before an earlier attempt. */
async function widenTables({ source, say }: Run, known: readonly Identity[]): Promise<readonly Identity[]> {
  const found = await inDatabase(source, readWithoutIdentity);
  const identities = [...known, ...found.filter(({ table }) => !known.some((each) => each.table === table))];
  if (identities.length > 0)
    say(`has the source write whole rows into its log of ${identities.map(({ table }) => table).join(', ')}`);
  await rememberIdentities(source, identities);
  await asMover(source, (client) => widen(client, identities));
  return identities;
}

async function copy(run: Run, dump: () => Promise<void>): Promise<void> {
  const { source, target, carrier, say } = run;
  // A server may have lost that what was there before has another name, and it is not to be dropped.
  if (!(await isAside(target))) await reserveTarget(target, await identityOf(source.admin));
  const arrival = await readArrival(target);
  say('makes an empty database at the target');
  await makeRoom(target, arrival?.former ?? '');
  await furnish(target);
  say('dumps it');
  await dump();
  say('restores it at the target');
  await carrier.restore(target);
  await asMover(target, (client) => client.query('ANALYZE'));
}

async function stop(run: Run): Promise<void> {
  run.say('stops writes: locks its logins at the source, and ends their sessions');
  await lockSource(run.source, () => (run.stopped = performance.now()));
}
