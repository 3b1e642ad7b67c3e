import pLimit from 'p-limit';
import type pg from 'pg';
import { isRecord } from '../generate/fields.ts';
import type { Generated } from '../generate/generate.ts';
import type { Service } from '../generate/model.ts';
import { sha256 } from './checksum.ts';
import { readLedger } from './ledger.ts';
import { fingerprintsOf, type Passwords } from './passwords.ts';
import { pending, pendingBy } from './pending.ts';
import { asAdmin, readPlanQuery, readScript, setInputs, type Connection } from './session.ts';

/** One statement that provisioning would run now. */
export interface PlannedStatement {
  /** The service, or `server` for what concerns all of them. */
  readonly service: string;
  readonly statement: string;
  readonly reason: string;
  /** Set for drift that provisioning never mends: the statement is for a person. */
  readonly reported?: true;
  /** Set for what stops its service until a person decides: the statement is a line for its entry. */
  readonly refused?: true;
  /** Set where somebody loses what they have. */
  readonly danger?: Danger;
  /** The text of a schema file that would be applied, where it was asked for. */
  readonly sql?: string;
}

/** By a run, or, for what restarts the server, by the upgrade that brings the values. */
export type Danger = 'locks out' | 'drops' | 'restarts';

/** Which databases are looked into: those whose service changed since they were well, or all. */
export type Compare = 'changed' | 'all';

/** A row of the plan inside a database. */
export interface DatabaseRow {
  /** Whether provisioning runs it; otherwise it is reported. */
  readonly is_needed: boolean;
  readonly statement: string;
  readonly reason: string;
  /** What is printed of it. */
  readonly line: string;
}

/** What a worker is started with: what it should see to in one service's database. */
export interface Work {
  readonly service: string;
  /** The credentials (<service> or <service>.<role>) whose password is to be set, with the login of each. */
  readonly toSet: readonly { readonly credential: string; readonly user: string }[];
  /** Credentials whose password is missing. */
  readonly missing: readonly string[];
  /** The service's entry of the desired state, as the plan inside its database wants it. */
  readonly entry: string;
  /** What is remembered of the service once it is well; holds the entry. */
  readonly remember: string;
  /** Whether its extensions bring functions that are not for services. */
  readonly hasFunctionsToClose: boolean;
}

/**
 * The statements that provisioning would run on a live server, by the very queries of the Job. Changes nothing. Passwords are
 * not compared: nobody gave them. Throws what the driver throws when the server cannot be reached.
 */
export async function readPlan({ connection, generated, compare, progress, withSql }: PlanOptions): Promise<PlannedStatement[]> {
  const { rows, workers } = await asAdmin(connection, (client) => readServerPlan(client, generated, compare));
  progress?.start(workers.size, 'databases compared');
  const inside = await pLimit(AT_ONCE).map(generated.model.services, async (service) => {
    const worker = workers.get(service.name);
    if (!worker) return [];
    const planned = await readInside(connection, service, worker);
    progress?.step();
    return planned;
  });
  progress?.stop();
  const planned = [rows, ...inside].flat();
  return withSql ? planned : planned.map(({ sql: _, ...row }) => row);
}

/** Databases that are looked into at once, as many as a run sees to. */
const AT_ONCE = 4;

export interface PlanOptions {
  readonly connection: Connection;
  readonly generated: Generated;
  readonly compare: Compare;
  /** Whether the text of schema files is asked for that would be applied. */
  readonly withSql?: boolean;
  /** Hears how many databases are looked into, and then of each that was. */
  readonly progress?: Progress;
}

/** Hears how many steps there are and of what, and then of each that is done. */
export interface Progress {
  /** `what` are the things that are counted: `logins tried`. */
  start(total: number, what: string): void;
  step(): void;
  stop(): void;
}

type Reasoned = Pick<PlannedStatement, 'statement' | 'reason'>;

type ServerRow = Reasoned & {
  readonly service: string;
  readonly is_reported: boolean;
  readonly is_refused: boolean;
  readonly danger: Danger | null;
};

function plannedOf(service: string, { statement, reason }: Reasoned, isReported: boolean): PlannedStatement {
  return { service, statement, reason, ...(isReported ? { reported: true } : {}) };
}

/** What concerns the server, and what a run would look into. */
export interface ServerPlan {
  readonly rows: readonly PlannedStatement[];
  readonly workers: ReadonlyMap<string, Worker>;
}

/** A worker that a run would start. */
export interface Worker {
  readonly entry: string;
  /** Whether its database is there already. */
  readonly hasDatabase: boolean;
}

/** Reads the plan of the server in a transaction that the session's end takes back. */
export async function readServerPlan(client: pg.Client, generated: Generated, compare: Compare): Promise<ServerPlan> {
  // What state.sql makes is needed to ask, and is taken back when the session ends.
  await client.query('BEGIN');
  await client.query(readScript('state.sql'));
  await setInputs(client, inputsOf(generated, compare));
  await makePlan(client);
  await client.query(readScript('run.sql'));
  return { rows: await readPlanned(client), workers: await readWorkers(client) };
}

/** The statements of the plan of the server, once it is made. */
export async function readPlanned(client: pg.Client): Promise<PlannedStatement[]> {
  const { rows } = await client.query<ServerRow>('EXECUTE planned');
  return rows.map(({ is_reported, is_refused, danger, ...row }) => ({
    ...plannedOf(row.service, row, is_reported),
    ...(is_refused ? { refused: true } : {}),
    ...(danger === null ? {} : { danger }),
  }));
}

async function readWorkers(client: pg.Client): Promise<ReadonlyMap<string, Worker>> {
  const { rows } = await client.query<{ service: string; statement: string; has_database: boolean }>('EXECUTE workers');
  const workers = new Map<string, Worker>();
  for (const { service, statement, has_database } of rows) {
    const [work] = await selectWork(client, statement);
    if (work) workers.set(service, { entry: work.entry, hasDatabase: has_database });
  }
  return workers;
}

/** What the plan of the server reads. Without passwords nobody can tell whether one changed. */
export function inputsOf({ model, files }: Generated, compare: Compare, passwords?: Passwords): Record<string, string> {
  const checksums = model.services.flatMap(({ name, schemaFiles }) =>
    schemaFiles.map((file) => `${sha256(file.text)}  ${name}.${file.name}`),
  );
  return {
    desired: files.find(({ path }) => path === 'desired.json')?.content ?? '',
    checksums: checksums.join('\n'),
    fingerprints: passwords ? fingerprintsOf(passwords) : '',
    passwords: passwords ? 'given' : 'unknown',
    compare,
    rules: readPlanQuery('database'),
  };
}

/** Makes the table plan anew, as provision.psql does. It goes with the session or with its transaction. */
export async function makePlan(client: pg.Client): Promise<void> {
  await client.query('DROP TABLE IF EXISTS pg_temp.plan');
  await client.query(['CREATE TEMP TABLE plan AS', readPlanQuery('server')].join(' '));
}

/** Runs a statement of the run; what it selects is what a worker is started with. */
export async function selectWork(client: pg.Client, statement: string): Promise<readonly Work[]> {
  const { rows } = await client.query<string[]>({ text: statement, rowMode: 'array' });
  return rows.map(([service = '', , , toSet = '-', missing = '-', remember = '{}']) => {
    const words = wordsOf(toSet);
    const entry = entryIn(remember);
    return {
      service,
      toSet: words.flatMap((credential, index) => (index % 2 === 0 ? { credential, user: words[index + 1] ?? '' } : [])),
      missing: wordsOf(missing),
      entry: JSON.stringify(entry),
      remember,
      hasFunctionsToClose: 'closed' in entry,
    };
  });
}

function entryIn(remember: string): object {
  const parsed: unknown = JSON.parse(remember);
  const entry = isRecord(parsed) ? parsed['entry'] : undefined;
  return isRecord(entry) ? entry : {};
}

function wordsOf(text: string): readonly string[] {
  return text === '-' ? [] : text.split(' ');
}

/** Of one database no more rows are taken: a service makes a schema that has to be reported in a fraction of a millisecond. */
const MOST_ROWS = 50_000;

/** The rows of the plan inside the database of the session. Throws when there are more than anybody would read. */
export async function readDatabaseRows(client: pg.Client, entry: string): Promise<readonly DatabaseRow[]> {
  await setInputs(client, { entry });
  const query = ['SELECT * FROM (', readPlanQuery('database'), ') AS row LIMIT'].join('\n');
  const { rows } = await client.query<DatabaseRow>(`${query} ${MOST_ROWS + 1}`);
  if (rows.length > MOST_ROWS)
    throw new Error(`there are more than ${MOST_ROWS} differences; somebody must look what was made there`);
  return rows;
}

/** What the service's own login still has to do before its schema files. Wants the input that readDatabaseRows sets. */
export async function readServiceRows(client: pg.Client): Promise<readonly Reasoned[]> {
  const { rows } = await client.query<Reasoned>(readPlanQuery('service'));
  return rows;
}

async function readInside(connection: Connection, service: Service, worker: Worker): Promise<readonly PlannedStatement[]> {
  if (!worker.hasDatabase) return service.schemaFiles.map((file) => pending(service, file));
  try {
    return await asAdmin(connection, (client) => readDatabasePlan(client, service, worker.entry), service.database);
  } catch (error) {
    return [cannotLook(service, error)];
  }
}

/** What stops the look into one database is a finding about its service, and keeps nobody else waiting. */
function cannotLook({ name, database }: Service, error: unknown): PlannedStatement {
  const reason = `nobody can look into it: ${error instanceof Error ? error.message : String(error)}`;
  return { service: name, statement: `-- database ${database}`, reason };
}

async function readDatabasePlan(client: pg.Client, service: Service, entry: string): Promise<PlannedStatement[]> {
  const rows = await readDatabaseRows(client, entry);
  const own = await readServiceRows(client);
  const applied = await readLedger(client, service.schemaFiles);
  const files = service.schemaFiles.filter((file) => applied.get(file.name) !== sha256(file.text));
  return [
    ...rows.map((row) => plannedOf(service.name, row, !row.is_needed)),
    ...own.map((row) => plannedOf(service.name, row, false)),
    ...files.map((file) => pendingBy(service, file, applied)),
  ];
}

/** Rows by their service, in their order. */
export function byService<Row extends { readonly service: string }>(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.service);
    if (group) group.push(row);
    else groups.set(row.service, [row]);
  }
  return groups;
}
