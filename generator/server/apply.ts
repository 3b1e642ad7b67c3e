import pLimit from 'p-limit';
import pg from 'pg';
import type { Generated } from '../generate.ts';
import type { Service } from '../model.ts';
import { type Passwords } from './passwords.ts';
import {
  byService,
  COMPARE_STEP,
  inputsOf,
  makePlan,
  readRows,
  readWork,
  REPORTED_STEP,
  type Compare,
  type ServerRow,
  type Work,
} from './plan.ts';
import { asAdmin, readScript, setInputs, type Connection } from './session.ts';
import { explainServerError, provisionDatabase } from './worker.ts';

/** Databases that are seen to at once, as the Job does. */
const WORKERS = 4;

export interface ApplyOptions {
  readonly connection: Connection;
  readonly generated: Generated;
  readonly passwords: ReadonlyMap<string, string>;
  readonly compare: Compare;
  /** Hears of every line that a person should read, in the words of the Job. */
  readonly say: (line: string) => void;
  /** Hears how many databases will be looked into, and then of each that was. */
  readonly progress: { start(total: number): void; step(): void; stop(): void };
}

/**
 * Brings the live server in line with the values, by the very queries of the Job and in its order. Gives the names of what is
 * not well. Throws what the driver throws when the server cannot be reached.
 */
export async function apply(options: ApplyOptions): Promise<readonly string[]> {
  return asAdmin(options.connection, async (client) => {
    await prepareServer(client, options);
    const rows = await planAnew(client);
    if (rows.some(({ step }) => step < REPORTED_STEP)) {
      await applyRows(client, rows, options);
      await setInputs(client, { compare: 'changed' });
    }
    return report(client, options.say);
  });
}

async function prepareServer(client: pg.Client, { generated, passwords, compare }: ApplyOptions): Promise<void> {
  await client.query(`SET lock_timeout = 0; SELECT pg_advisory_lock(hashtext('shared_postgresql')); RESET lock_timeout`);
  await client.query(readScript('state.sql'));
  await setInputs(client, inputsOf(generated, compare, passwordsFor(client, passwords)));
}

/** The fingerprints are keyed with the password that the admin logged in with: the one that the Job mounts. */
function passwordsFor(client: pg.Client, bySource: ReadonlyMap<string, string>): Passwords {
  return { admin: client.password ?? '', bySource };
}

async function planAnew(client: pg.Client): Promise<readonly ServerRow[]> {
  await makePlan(client);
  return readRows(client);
}

async function applyRows(client: pg.Client, rows: readonly ServerRow[], options: ApplyOptions): Promise<void> {
  const work = await readWork(client);
  await client.query(readScript('forget.sql'));
  for (const { step, service, statement, reason } of rows)
    if (step < COMPARE_STEP) options.say(`${service}: ${statement}  -- ${reason}`);
  await runTogether(client, rows.filter(isOfRoles), options);
  const well = await provisionServices(client, rows, work, options);
  await runEach(
    client,
    rows.filter(({ step }) => step >= 80 && step < COMPARE_STEP).sort((a, b) => a.step - b.step),
    options,
  );
  await setInputs(client, { well: well.join('\n') });
  await client.query(readScript('remember.sql'));
}

/** What concerns roles, or the server as a whole, can share a transaction. */
function isOfRoles({ step, ordinal }: ServerRow): boolean {
  return step < 30 || (step < 80 && ordinal === 0);
}

/** One transaction, each statement with a savepoint of its own: one that fails must not keep the others waiting. */
async function runTogether(client: pg.Client, rows: readonly ServerRow[], { say }: ApplyOptions): Promise<void> {
  await client.query('BEGIN');
  for (const { service, statement } of [...rows].sort((a, b) => a.step - b.step || a.ordinal - b.ordinal)) {
    await client.query('SAVEPOINT statement');
    await client.query(statement).catch(async (error: unknown) => {
      complain(error, service, say);
      await client.query('ROLLBACK TO SAVEPOINT statement');
    });
    await client.query('RELEASE SAVEPOINT statement');
  }
  await client.query('COMMIT');
}

async function runEach(client: pg.Client, rows: readonly ServerRow[], { say }: ApplyOptions): Promise<void> {
  for (const { service, statement } of rows)
    await client.query(statement).catch((error: unknown) => complain(error, service, say));
}

/** A statement that the server refused is told, and found again at the end; anything else ends the run. */
function complain(error: unknown, service: string, say: (line: string) => void): void {
  if (!(error instanceof pg.DatabaseError)) throw error;
  for (const line of explainServerError(error)) say(`${service}: ${line}`);
}

/** Makes the databases one after the other, and sees to the inside of those that are there meanwhile. Gives who is well. */
async function provisionServices(
  client: pg.Client,
  rows: readonly ServerRow[],
  work: ReadonlyMap<string, Work>,
  options: ApplyOptions,
): Promise<string[]> {
  const limit = pLimit(WORKERS);
  const running: Promise<string[]>[] = [];
  options.progress.start(work.size);
  const ofDatabases = byService(rows.filter((row) => row.ordinal > 0 && row.step >= 30 && row.step < 80));
  for (const service of options.generated.model.services) {
    await runEach(client, ofDatabases.get(service.name) ?? [], options);
    const todo = work.get(service.name);
    if (todo) running.push(limit(() => workOn(service, todo, options)));
  }
  const well = (await Promise.all(running)).flat();
  options.progress.stop();
  return well;
}

async function workOn(
  service: Service,
  work: Work,
  { connection, generated, passwords, say, progress }: ApplyOptions,
): Promise<string[]> {
  const { isWell, lines } = await provisionDatabase({
    connection,
    service,
    work,
    passwords,
    deadline: generated.model.schemaFileDeadline,
  });
  // A message of several lines, which a schema file may raise, must not pass for a line of somebody else.
  lines.flatMap((line) => line.split('\n')).forEach((line) => say(`${service.name}: ${line}`));
  progress.step();
  return isWell ? [service.name] : [];
}

/** Plans anew: whatever is still found was not done. */
async function report(client: pg.Client, say: (line: string) => void): Promise<readonly string[]> {
  const rows = await planAnew(client);
  const lines = await client.query<{ line: string }>(readScript('report.sql'));
  for (const { line } of lines.rows) say(line);
  return [...new Set(rows.filter(({ step }) => step < REPORTED_STEP).map(({ service }) => service))].sort();
}
