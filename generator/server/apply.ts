import pLimit from 'p-limit';
import pg from 'pg';
import type { Generated } from '../generate/generate.ts';
import type { Service } from '../generate/model.ts';
import type { Credentials, Passwords } from './passwords.ts';
import {
  inputsOf,
  makePlan,
  readPlanned,
  selectWork,
  type Compare,
  type PlannedStatement,
  type Progress,
  type Work,
} from './plan.ts';
import { provisionPlatformLogin } from './platform-login.ts';
import { asAdmin, readScript, setInputs, type Connection } from './session.ts';
import { whileWatching } from './watch.ts';
import { explainServerError, NO_WAIT, provisionDatabase, type WorkerResult } from './worker.ts';

/** Databases that are seen to at once, as the Job does. */
const WORKERS = 4;

type Say = (line: string) => void;

export interface ApplyOptions extends Credentials {
  readonly connection: Connection;
  readonly generated: Generated;
  readonly compare: Compare;
  /** Hears of every line that a person should read, in the words of the Job. */
  readonly say: Say;
  /** Asked, where it is there, before anything is run from which somebody loses what they have; throws when that is not meant. */
  readonly approve?: (dangers: readonly PlannedStatement[]) => Promise<void>;
  /** Whether what nobody declared is left as it is, whatever the values say. */
  readonly keepsUndeclared?: true;
  /** Whether values from before a rotation are as good as others: who develops goes from branch to branch. */
  readonly forgetsRotations?: true;
  /** Hears how many databases will be looked into, and then of each that was. */
  readonly progress: Progress;
}

/** How a run ended. */
export interface Applied {
  /** The names of what is not well. */
  readonly unfinished: readonly string[];
  /** What the server said to the admin: what it says to a service tells nothing of the server. */
  readonly saidToAdmin: readonly string[];
}

/**
 * Brings the live server in line with the values, by the very queries of the Job and in its order. Throws what the driver throws when
 * the server cannot be reached.
 */
export async function apply(options: ApplyOptions): Promise<Applied> {
  const { connection, say } = options;
  const saidToAdmin: string[] = [];
  const heard: Say = (line) => {
    saidToAdmin.push(line);
    say(line);
  };
  const unfinished = await whileWatching(connection, say, () =>
    asAdmin(connection, async (client) => {
      client.on('notice', ({ severity, message }) => {
        if (severity === 'WARNING') heard(message ?? '');
      });
      await prepareServer(client, options);
      await haveApproved(client, options);
      if (await isAnythingNeeded(client)) await carryOut(client, { ...options, heard, saidToAdmin });
      return report(client, say);
    }),
  );
  return { unfinished, saidToAdmin };
}

/** The options of a run, with who hears of what the server says to the admin, and where it is kept. */
interface Run extends ApplyOptions {
  readonly heard: Say;
  readonly saidToAdmin: string[];
}

async function prepareServer(client: pg.Client, options: ApplyOptions): Promise<void> {
  const { generated, passwords, compare, keepsUndeclared, forgetsRotations } = options;
  await client.query(`SET lock_timeout = '30min'; SELECT pg_advisory_lock(hashtext('shared_postgresql')); RESET lock_timeout`);
  await client.query(readScript('state.sql'));
  await setInputs(client, inputsOf(generated, compare, passwordsFor(client, passwords)));
  if (keepsUndeclared) await setInputs(client, { undeclared: 'report' });
  if (forgetsRotations) await setInputs(client, { rotations: 'forget' });
  await makePlan(client);
  await client.query(readScript('run.sql'));
}

async function haveApproved(client: pg.Client, { approve }: ApplyOptions): Promise<void> {
  if (approve === undefined) return;
  const dangers = (await readPlanned(client)).filter(({ danger }) => danger !== undefined);
  if (dangers.length > 0) await approve(dangers);
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
async function carryOut(client: pg.Client, run: Run): Promise<void> {
  await client.query(readScript('procedures.sql'));
  await client.query(readScript('forget.sql'));
  await printLines(client, 'EXECUTE announcement', run.say);
  await client.query('CALL pg_temp.make_roles()');
  await client.query('CALL pg_temp.run_together()');
  await asAdmin(run.connection, (remembering) => provisionServices(client, remembering, run), undefined, [NO_WAIT]);
  // A drop waits until every session has heard of it, and some heed nothing.
  await client.query(`SET statement_timeout = '${run.generated.model.schemaFileDeadline}s'`);
  await runEach(client, 'EXECUTE confirmed_drops', run.heard);
  await client.query('RESET statement_timeout');
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

/** Makes the databases one after the other, and sees to the inside of those that are there meanwhile. */
async function provisionServices(client: pg.Client, remembering: pg.Client, run: Run): Promise<void> {
  const workers = pLimit(WORKERS);
  const oneByOne = pLimit(1);
  const services = new Map(run.generated.model.services.map((service) => [service.name, service]));
  const running: Promise<void>[] = [];
  run.progress.start((await client.query('EXECUTE workers')).rows.length, 'databases');
  await runEach(client, 'EXECUTE one_by_one', run.heard, (work) => {
    const seenTo = workers(() => workOn(services.get(work.service), work, run));
    const remembered = seenTo.then((result) => oneByOne(() => remember(remembering, work, result)));
    // A connection that is lost meanwhile is told when all are waited for, and ends nothing before.
    remembered.catch(() => undefined);
    running.push(remembered);
  });
  await Promise.all(running);
  run.progress.stop();
}

/** As soon as it is well: whatever becomes of the others, the next run need not look into it again. Its passwords, as soon as they are set. */
async function remember(client: pg.Client, work: Work, { hasPasswords, isWell }: WorkerResult): Promise<void> {
  if (!hasPasswords) return;
  await setInputs(client, { remember: work.remember });
  await client.query(readScript('remember-passwords.sql'));
  if (isWell) await client.query(readScript('remember.sql'));
}

/** What no service has the name of is a login of the deployment itself. */
async function workOn(service: Service | undefined, work: Work, run: Run): Promise<WorkerResult> {
  const { connection, generated, passwords, certificates, say, progress } = run;
  const deadline = generated.model.schemaFileDeadline;
  const result = service
    ? await provisionDatabase({ connection, service, work, passwords, certificates, deadline })
    : await provisionPlatformLogin({ connection, work, passwords });
  for (const line of result.lines) say(`${work.service}: ${line}`);
  run.saidToAdmin.push(...result.saidToAdmin);
  progress.step();
  return result;
}

async function report(client: pg.Client, say: Say): Promise<readonly string[]> {
  await printLines(client, readScript('report.sql'), say);
  const { rows } = await client.query<{ service: string }>('EXECUTE unfinished');
  return rows.map(({ service }) => service);
}
