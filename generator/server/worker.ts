import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { isRecord } from '../generate/fields.ts';
import type { Service } from '../generate/model.ts';
import { withinBounds } from './bounds.ts';
import { sha256 } from './checksum.ts';
import { readDatabaseRows, readServiceRows, type Work } from './plan.ts';
import { explainFileError, hintOf, placeIn, type Place } from './schema-error.ts';
import { DEFAULT_ITERATIONS, prepare, scramVerifier } from './scram.ts';
import type { Credentials } from './passwords.ts';
import { FailedFile, firstLine, TRIAL_SECONDS, TRIAL_SETTINGS, tryFiles } from './trial.ts';
import { asAdmin, inSession, readScript, setInputs, showing, toOptions, type Connection } from './session.ts';

/** What is remembered at the end waits for the disk, and comes after all that workers wrote. */
export const NO_WAIT = 'synchronous_commit=off';

export interface WorkerOptions extends Credentials {
  readonly connection: Connection;
  readonly service: Service;
  readonly work: Work;
  /** How long one statement that applies a schema file may take, in seconds. */
  readonly deadline: number;
}

export interface WorkerResult {
  /** Whether its passwords are those that were given, whatever else went wrong. */
  readonly hasPasswords: boolean;
  readonly isWell: boolean;
  /** What was done, in the words of the Job. */
  readonly lines: readonly string[];
  /** Of what went wrong, what the server said to the admin. */
  readonly saidToAdmin: readonly string[];
}

/** Sees to the passwords of one service and to the inside of its database. Throws nothing: what fails is in the lines. */
export async function provisionDatabase(options: WorkerOptions): Promise<WorkerResult> {
  const started = performance.now();
  const { lines, say } = boundedLines();
  let hasPasswords = false;
  const passwordsAreSet = (): void => void (hasPasswords = true);
  const saidToAdmin = await trySay(() => seeToInside({ ...options, passwordsAreSet }, say), say);
  const isWell = saidToAdmin.length === 0 && (await trySay(() => seeToService(options, say), say)).length === 0;
  const outcome = `${isWell ? 'well' : 'failed'} after ${Math.round(performance.now() - started)} ms`;
  return { hasPasswords, isWell, lines: [...lines(), outcome], saidToAdmin };
}

type Say = (line: string) => unknown;

/** What is printed of a service at most: a schema file may say as much as it likes. Lines from the beginning, and from the end. */
const FIRST_LINES = 300;
const LAST_LINES = 5;
const LONGEST_LINE = /.{1,2000}/gs;

function boundedLines(): { readonly say: Say; readonly lines: () => readonly string[] } {
  const first: string[] = [];
  const last: string[] = [];
  let leftOut = 0;
  const keep = (line: string): void => {
    if (first.length < FIRST_LINES) first.push(line);
    else if (last.push(line) > LAST_LINES) leftOut += last.splice(0, 1).length;
  };
  // A message of several lines, which a schema file may raise, must not pass for a line of somebody else.
  const say: Say = (text) => text.split('\n').forEach((line) => (line.match(LONGEST_LINE) ?? []).forEach(keep));
  const gap = (): string[] => (leftOut > 0 ? [`... ${leftOut} lines are left out`] : []);
  return { say, lines: () => [...first, ...gap(), ...last] };
}

/** What went wrong, which is said as well; nothing when nothing did. */
async function trySay(work: () => Promise<void>, say: Say): Promise<readonly string[]> {
  try {
    await work();
    return [];
  } catch (error) {
    const lines = explainServerError(error);
    lines.forEach(say);
    return lines;
  }
}

/** The options of a worker, with who hears that the passwords are set. */
interface AdminsWork extends WorkerOptions {
  readonly passwordsAreSet: () => void;
}

async function seeToInside(options: AdminsWork, say: Say): Promise<void> {
  const { connection, service, work, deadline } = options;
  for (const { user } of work.toSet) say(`set the password of ${user}`);
  const settings = [NO_WAIT, `statement_timeout=${deadline}s`];
  const bounds = { connection, seconds: limitOf(deadline), what: 'what the admin does in its database' };
  const use = (client: pg.Client): Promise<void> => withinBounds(client, bounds, () => workAsAdmin(client, options, say));
  await asAdmin(connection, use, service.database, settings);
}

/** How long a worker has for either part, in seconds, as in service.sh. */
function limitOf(deadline: number): number {
  return 2 * deadline + 10;
}

async function seeToService(options: WorkerOptions, say: Say): Promise<void> {
  await asService(options, inFull(options.deadline), (client) => workAsService(client, options, say)).catch(
    async (error: unknown) => {
      throw error instanceof FailedFile ? new Error([error.message, ...(await tryRest(options, error))].join('\n')) : error;
    },
  );
  const [missing] = options.work.missing;
  if (missing !== undefined) passwordOf(options, missing);
}

async function workAsAdmin(client: pg.Client, { work, passwordsAreSet, ...options }: AdminsWork, say: Say): Promise<void> {
  for (const { credential, user } of work.toSet) {
    await setPassword(client, user, passwordOf({ work, ...options }, credential));
  }
  passwordsAreSet();
  await lookInside(client, work.entry, say);
  // What an extension brings is there only now; drift that is only reported was said already.
  if (work.hasFunctionsToClose) await lookInside(client, work.entry, say, true);
}

async function lookInside(client: pg.Client, entry: string, say: Say, again = false): Promise<void> {
  const rows = await readDatabaseRows(client, entry);
  for (const { line, is_needed } of rows) if (is_needed || !again) say(line);
  for (const { is_needed, statement } of rows) if (is_needed) await client.query(statement);
}

/** The server sees the verifier only, as with psql's \password. */
export async function setPassword(client: pg.Client, user: string, password: string): Promise<void> {
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

/** What else of its files would fail. Throws nothing: the error that is told is the one that counts. */
async function tryRest(options: WorkerOptions, { file, message }: FailedFile): Promise<readonly string[]> {
  const { service, work } = options;
  const files = service.schemaFiles.slice(service.schemaFiles.findIndex(({ name }) => name === file));
  const lines: string[] = [];
  const session = { settings: TRIAL_SETTINGS, seconds: TRIAL_SECONDS };
  const trial = { entry: work.entry, files, known: firstLine(message) };
  await asService(options, session, async (client) => void lines.push(...(await tryFiles(client, trial)))).catch(() =>
    lines.push(`not tried: what is left after ${TRIAL_SECONDS} s`),
  );
  return lines;
}

/** How a session of the service is bounded. */
interface ServiceSession {
  readonly settings: readonly string[];
  readonly seconds: number;
}

function inFull(deadline: number): ServiceSession {
  return { settings: [`statement_timeout=${deadline}s`], seconds: limitOf(deadline) };
}

/** The service's part: its own login, because SQL that somebody else wrote never runs as the admin. */
async function asService(
  options: WorkerOptions,
  { settings, seconds }: ServiceSession,
  use: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const { connection, service } = options;
  const password = prepare(passwordOf(options, service.name));
  const { login: user, database } = service;
  const bounds = { connection, seconds, what: 'its schema files' };
  const shown = showing(connection, options.certificates?.get(service.name));
  const session = { ...shown, user, password, database, options: toOptions([...settings, NO_WAIT]) };
  await inSession(session, (client) => withinBounds(client, bounds, () => use(client)));
}

async function workAsService(client: pg.Client, options: WorkerOptions, say: Say): Promise<void> {
  client.on('notice', (notice) => {
    if (!placeIn(notice)) [firstLineOf(notice, 'NOTICE'), ...hintOf(notice)].forEach(say);
  });
  // What the service made itself may shadow what PostgreSQL brings.
  await client.query('SET search_path = pg_catalog, pg_temp');
  await setInputs(client, { entry: options.work.entry });
  for (const { statement } of await readServiceRows(client)) await client.query(statement);
  await lookForFiles(client, say);
  await applyFiles(client, options, say);
}

/** What was applied is still there, by its name. */
async function lookForFiles(client: pg.Client, say: Say): Promise<void> {
  const { rows } = await client.query<{ renamed: string | null; lost: string | null }>(readScript('files.sql'));
  for (const { renamed, lost } of rows) {
    if (lost !== null) say(lost);
    if (renamed !== null) throw new Error(`ERROR:  ${renamed}`);
  }
}

/** A service that took its time goes on in the next run; what it applied stays. */
async function applyFiles(client: pg.Client, { service, work, deadline }: WorkerOptions, say: Say): Promise<void> {
  const started = performance.now();
  for (const file of service.schemaFiles) {
    const isLate = performance.now() - started > deadline * 1000;
    const applied = { ...file, checksum: sha256(file.text), lines: linesOf(work.entry, file.name), entry: work.entry, isLate };
    await applyFile(client, applied, say);
  }
}

interface File {
  readonly name: string;
  readonly checksum: string;
  readonly text: string;
  /** Where its statements begin. */
  readonly lines: string;
  /** What the service's entry says of it. */
  readonly entry: string;
  readonly isLate: boolean;
}

/** As apply.psql does it: nothing that a file sets reaches the next. */
async function applyFile(client: pg.Client, file: File, say: Say): Promise<void> {
  const { name, checksum, isLate } = file;
  await client.query('SET search_path = pg_catalog, pg_temp');
  const applied = await client.query('SELECT FROM shared_postgresql.schema_file AS f WHERE f.name = $1 AND f.checksum = $2', [
    name,
    checksum,
  ]);
  if (applied.rowCount !== 0) return;
  if (isLate) throw new Error(`ERROR:  schema file ${name} waits for the next run: this service took its time`);
  await explaining(client, file, () => (isOutside(file) ? applyOutside(client, file, say) : applyInside(client, file, say)));
  await client.query('DISCARD ALL');
}

/** An error is told with its place, of which the server says before it where the statement begins. */
async function explaining(client: pg.Client, { name, text }: File, use: () => Promise<void>): Promise<void> {
  let place: Place = { file: name };
  const hear = (notice: { severity?: string; message?: string }): void => void (place = placeIn(notice) ?? place);
  client.on('notice', hear);
  await use().catch((error: unknown) => {
    throw error instanceof pg.DatabaseError ? new FailedFile(name, explainFileError(error, place, text)) : error;
  });
  client.off('notice', hear);
}

/** The file and its row in the ledger are one transaction. */
async function applyInside(client: pg.Client, { name, checksum, text, lines }: File, say: Say): Promise<void> {
  say(`schema file ${name}`);
  await client.query('RESET search_path');
  await client.query('SELECT shared_postgresql.apply_schema_file($1, $2, $3, $4)', [name, checksum, text, lines]);
}

/** Each of its statements by itself, in the order and with the rows in the ledger that outside.sql selects. */
async function applyOutside(client: pg.Client, { name: file, checksum, text: content, entry }: File, say: Say): Promise<void> {
  say(`schema file ${file}, outside a transaction`);
  await client.query(readScript('alone.sql'));
  await setInputs(client, { entry, file, checksum, content });
  const { rows } = await client.query<{ statement: string }>(readScript('outside.sql'));
  for (const { statement } of rows) await client.query(statement);
}

function linesOf(entry: string, file: string): string {
  const lines = fieldOf(entry, 'lines', file);
  return typeof lines === 'string' ? lines : '1';
}

function isOutside({ entry, name }: File): boolean {
  return fieldOf(entry, 'outside', name) !== undefined;
}

function fieldOf(entry: string, field: string, file: string): unknown {
  const parsed: unknown = JSON.parse(entry);
  const files = isRecord(parsed) ? parsed[field] : undefined;
  return isRecord(files) ? files[file] : undefined;
}

/** What the server said to the admin, in psql's words: message, detail and hint. */
export function explainServerError(error: unknown): string[] {
  if (!(error instanceof pg.DatabaseError)) return [error instanceof Error ? error.message : String(error)];
  const { detail } = error;
  return [firstLineOf(error, 'ERROR'), ...(detail === undefined ? [] : [`DETAIL:  ${detail}`]), ...hintOf(error)];
}

function firstLineOf({ severity, message }: { severity?: string; message?: string }, usually: string): string {
  return `${severity ?? usually}:  ${message ?? ''}`;
}
