import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Service } from '../generate/model.ts';
import { readDatabaseRows, readServiceRows, sha256, type Work } from './plan.ts';
import { DEFAULT_ITERATIONS, prepare, scramVerifier } from './scram.ts';
import { asAdmin, inSession, setInputs, toOptions, type Connection } from './session.ts';

/** What is remembered at the end waits for the disk, and comes after all that workers wrote. */
const NO_WAIT = 'synchronous_commit=off';

export interface WorkerOptions {
  readonly connection: Connection;
  readonly service: Service;
  readonly work: Work;
  /** By credential. */
  readonly passwords: ReadonlyMap<string, string>;
  /** How long one statement that applies a schema file may take, in seconds. */
  readonly deadline: number;
}

export interface WorkerResult {
  readonly isWell: boolean;
  /** What was done, in the words of the Job. */
  readonly lines: readonly string[];
}

/** Sees to the passwords of one service and to the inside of its database. Throws nothing: what fails is in the lines. */
export async function provisionDatabase(options: WorkerOptions): Promise<WorkerResult> {
  const started = performance.now();
  const lines: string[] = [];
  const say = (line: string): unknown => lines.push(line);
  const isWell = await seeTo(options, say).then(
    () => true,
    (error: unknown) => {
      explainServerError(error).forEach(say);
      return false;
    },
  );
  say(`${isWell ? 'well' : 'failed'} after ${Math.round(performance.now() - started)} ms`);
  return { isWell, lines };
}

type Say = (line: string) => unknown;

async function seeTo(options: WorkerOptions, say: Say): Promise<void> {
  const { connection, service, work } = options;
  for (const { user } of work.toSet) say(`set the password of ${user}`);
  await asAdmin(connection, (client) => workAsAdmin(client, options, say), service.database, [NO_WAIT]);
  await asService(options, say);
  const [missing] = work.missing;
  if (missing !== undefined) passwordOf(options, missing);
}

async function workAsAdmin(client: pg.Client, { work, ...options }: WorkerOptions, say: Say): Promise<void> {
  for (const { credential, user } of work.toSet) {
    await setPassword(client, user, passwordOf({ work, ...options }, credential));
  }
  const rows = await readDatabaseRows(client, work.entry);
  for (const { line } of rows) say(line);
  for (const { is_needed, statement } of rows) if (is_needed) await client.query(statement);
}

/** The server sees the verifier only, as with psql's \password. */
async function setPassword(client: pg.Client, user: string, password: string): Promise<void> {
  const { rows } = await client.query<{ iterations: number | null }>(
    `SELECT current_setting('scram_iterations', true)::integer AS iterations`,
  );
  const verifier = scramVerifier(password, randomBytes(16), rows[0]?.iterations ?? DEFAULT_ITERATIONS);
  const statement = await client.query<{ text: string }>(
    `SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text) AS text`,
    [user, verifier],
  );
  await client.query(statement.rows[0]?.text ?? '');
}

function passwordOf({ service, passwords }: WorkerOptions, credential: string): string {
  const password = passwords.get(credential);
  if (password !== undefined) return password;
  const role = service.roles.find(({ name }) => credential === `${service.name}.${name}`);
  const secret = role ? `the Secret of its role ${role.name}` : 'its Secret';
  throw new Error(
    `${secret} (${role?.passwordSecret ?? service.passwordSecret}) is missing or has no usable key 'password' (one line, not empty)`,
  );
}

/** The service's part: its own login, because SQL that somebody else wrote never runs as the admin. */
async function asService(options: WorkerOptions, say: Say): Promise<void> {
  const { connection, service, work, deadline } = options;
  const password = prepare(passwordOf(options, service.name));
  const settings = toOptions([`statement_timeout=${deadline}s`, NO_WAIT]);
  const { user, database } = service;
  await inSession({ ...connection, user, password, database, options: settings }, async (client) => {
    client.on('notice', (notice) => linesOf(notice, 'NOTICE').forEach(say));
    // What the service made itself may shadow what PostgreSQL brings.
    await client.query('SET search_path = pg_catalog, pg_temp');
    await setInputs(client, { entry: work.entry });
    for (const { statement } of await readServiceRows(client)) await client.query(statement);
    for (const { name, text } of service.schemaFiles) await applyFile(client, { name, checksum: sha256(text), text }, say);
  });
}

interface File {
  readonly name: string;
  readonly checksum: string;
  readonly text: string;
}

/** As apply.psql does it: the file and its row in the ledger are one transaction, and nothing that it sets reaches the next. */
async function applyFile(client: pg.Client, { name, checksum, text }: File, say: Say): Promise<void> {
  await client.query('SET search_path = pg_catalog, pg_temp');
  const applied = await client.query('SELECT FROM shared_postgresql.schema_file AS f WHERE f.name = $1 AND f.checksum = $2', [
    name,
    checksum,
  ]);
  if (applied.rowCount !== 0) return;
  say(`schema file ${name}`);
  await client.query('RESET search_path');
  await client.query('SELECT shared_postgresql.apply_schema_file($1, $2, $3)', [name, checksum, text]);
  await client.query('DISCARD ALL');
}

/** What the server said, in psql's words: message, line of the statement that it is about, detail and hint. */
export function explainServerError(error: unknown): string[] {
  return error instanceof pg.DatabaseError ? linesOf(error, 'ERROR') : [error instanceof Error ? error.message : String(error)];
}

type Said = Pick<pg.DatabaseError, 'severity' | 'detail' | 'hint' | 'internalQuery' | 'internalPosition'> & {
  readonly message?: string | undefined;
};

function linesOf({ severity, message, internalQuery, internalPosition, detail, hint }: Said, usually: string): string[] {
  const before = internalQuery?.slice(0, Number(internalPosition) - 1).split('\n') ?? [];
  const line = internalQuery?.split('\n')[before.length - 1];
  return [
    `${severity ?? usually}:  ${message ?? ''}`,
    ...(line === undefined ? [] : [`LINE ${before.length}: ${line}`]),
    ...(detail === undefined ? [] : [`DETAIL:  ${detail}`]),
    ...(hint === undefined ? [] : [`HINT:  ${hint}`]),
  ];
}
