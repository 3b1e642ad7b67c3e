import pLimit from 'p-limit';
import pg from 'pg';
import type { Generated } from '../generate/generate.ts';
import type { Service } from '../generate/model.ts';
import { type Passwords } from './passwords.ts';
import { inputsOf, makePlan, selectWork, type Compare, type Work } from './plan.ts';
import { asAdmin, readScript, setInputs, type Connection } from './session.ts';
import { explainServerError, provisionDatabase } from './worker.ts';

/** Databases that are seen to at once, as the Job does. */
const WORKERS = 4;

type Say = (line: string) => void;

export interface ApplyOptions {
  readonly connection: Connection;
  readonly generated: Generated;
  readonly passwords: ReadonlyMap<string, string>;
  readonly compare: Compare;
  /** Hears of every line that a person should read, in the words of the Job. */
  readonly say: Say;
  /** Hears how many databases will be looked into, and then of each that was. */
  readonly progress: { start(total: number): void; step(): void; stop(): void };
}

/**
 * Brings the live server in line with the values, by the very queries of the Job and in its order. Gives the names of what is
 * not well. Throws what the driver throws when the server cannot be reached.
 */
export async function apply(options: ApplyOptions): Promise<readonly string[]> {
  return asAdmin(options.connection, async (client) => {
    client.on('notice', ({ severity, message }) => {
      if (severity === 'WARNING') options.say(message ?? '');
    });
    await prepareServer(client, options);
    if (await isAnythingNeeded(client)) await carryOut(client, options);
    return report(client, options.say);
  });
}

async function prepareServer(client: pg.Client, { generated, passwords, compare }: ApplyOptions): Promise<void> {
  await client.query(`SET lock_timeout = 0; SELECT pg_advisory_lock(hashtext('shared_postgresql')); RESET lock_timeout`);
  await client.query(readScript('state.sql'));
  await setInputs(client, inputsOf(generated, compare, passwordsFor(client, passwords)));
  await makePlan(client);
  await client.query(readScript('run.sql'));
}

/** The fingerprints are keyed with the password that the admin logged in with: the one that the Job mounts. */
function passwordsFor(client: pg.Client, byCredential: ReadonlyMap<string, string>): Passwords {
  return { admin: client.password ?? '', byCredential };
}

async function isAnythingNeeded(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ needed: boolean }>('EXECUTE needed');
  return rows[0]?.needed ?? false;
}

/** Carries the plan out, as provision.psql does, and plans anew: whatever is still found was not done. */
async function carryOut(client: pg.Client, options: ApplyOptions): Promise<void> {
  await client.query(readScript('forget.sql'));
  await printLines(client, 'EXECUTE announcement', options.say);
  await client.query('CALL pg_temp.run_together()');
  const provisioned = await provisionServices(client, options);
  await runEach(client, 'EXECUTE confirmed_drops', options.say);
  await setInputs(client, { provisioned: provisioned.join('\n') });
  await client.query(readScript('remember.sql'));
  await setInputs(client, { compare: 'changed' });
  await makePlan(client);
}

async function printLines(client: pg.Client, query: string, say: Say): Promise<void> {
  const { rows } = await client.query<{ line: string }>(query);
  for (const { line } of rows) say(line);
}

/** Runs the statements that a query selects. What they select in turn is what workers are started with. */
async function runEach(client: pg.Client, query: string, say: Say, start?: (work: Work) => void): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(query);
  for (const { statement } of rows) {
    const works = await selectWork(client, statement).catch((error: unknown) => complain(error, say));
    if (start) works.forEach(start);
  }
}

/** A statement that the server refused is told, and found again at the end; anything else ends the run. */
function complain(error: unknown, say: Say): readonly Work[] {
  if (!(error instanceof pg.DatabaseError)) throw error;
  for (const line of explainServerError(error)) say(`server: ${line}`);
  return [];
}

/** Makes the databases one after the other, and sees to the inside of those that are there meanwhile. Gives the services that are well. */
async function provisionServices(client: pg.Client, options: ApplyOptions): Promise<string[]> {
  const limit = pLimit(WORKERS);
  const services = new Map(options.generated.model.services.map((service) => [service.name, service]));
  const running: Promise<string[]>[] = [];
  options.progress.start((await client.query('EXECUTE workers')).rows.length);
  await runEach(client, 'EXECUTE one_by_one', options.say, (work) => {
    const service = services.get(work.service);
    if (service) running.push(limit(() => workOn(service, work, options)));
  });
  const provisioned = (await Promise.all(running)).flat();
  options.progress.stop();
  return provisioned;
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

async function report(client: pg.Client, say: Say): Promise<readonly string[]> {
  await printLines(client, readScript('report.sql'), say);
  const { rows } = await client.query<{ service: string }>('EXECUTE unfinished');
  return rows.map(({ service }) => service);
}
