import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import type { Admin } from '../generate/validate/engine.ts';
import { CHART } from '../generate/read/project.ts';
import type { ClientCertificate } from './found-passwords.ts';

/** Where the server is and who the admin is, in the driver's terms. Without fields libpq's variables hold. */
export interface Connection extends pg.ClientConfig {
  /** The database with the records of provisioning, of an admin who need be no superuser. */
  readonly plainHome?: string;
}

/**
 * What the admin's sessions want: that nothing which a database or a role has set reaches them, that no verifier reaches a
 * log, and that the plan's query is planned for lists of any length. admin.sh has the same for the Job, and says why.
 */
const ADMIN_OPTIONS = [
  'search_path=pg_catalog,pg_temp',
  'client_min_messages=warning',
  'statement_timeout=0',
  'lock_timeout=60s',
  'idle_session_timeout=0',
  'idle_in_transaction_session_timeout=0',
  'default_transaction_read_only=off',
  'jit=off',
  'enable_nestloop=off',
  'work_mem=32MB',
];

/** What only a superuser says of a session: who is none gets none that tries. */
const UNLOGGED = [
  'log_statement=none',
  'log_min_error_statement=panic',
  'log_min_duration_statement=-1',
  'log_duration=off',
  'pg_stat_statements.track=none',
];

/** The connection that a URL names, or the environment. */
export function connectionOf(url: string | undefined): Connection {
  return url === undefined ? connectionOfEnvironment(process.env) : parseIntoClientConfig(url);
}

/** What the driver does not read of libpq's variables: an authority by which the server must be known. */
function connectionOfEnvironment({ PGSSLMODE: mode, PGSSLROOTCERT: file }: NodeJS.ProcessEnv): Connection {
  return file === undefined || file === '' || mode === 'disable' ? {} : { ssl: { ca: readFileSync(file, 'utf8') } };
}

/** A connection over which a login shows its certificate, if it has one and there is TLS. */
export function showing(connection: Connection, certificate: ClientCertificate | undefined): Connection {
  const { ssl } = connection;
  if (certificate === undefined || !ssl) return connection;
  return { ...connection, ssl: { ...(ssl === true ? {} : ssl), ...certificate } };
}

/** Where a connection leads to, and as whom, as the driver finds it in what is given, the environment and its defaults. */
export function addressOf(
  connection: Connection,
): Pick<pg.Client, 'host' | 'port'> & { readonly user: string; readonly password: string } {
  const { host, port, user = 'postgres', password } = new pg.Client(connection);
  return { host, port, user, password: password ?? '' };
}

/** The same as whoever provisions: another name, another database, and no superuser, where the server is somebody else's. */
export function asIts(connection: Connection, { user, database, isPlain }: Admin): Connection {
  if (!isPlain) return connection;
  return { ...connection, user: connection.user ?? process.env['PGUSER'] ?? user, plainHome: database };
}

/** A session of the admin, in the admin's own database unless another is named. It is closed whatever happens. */
export function asAdmin<T>(
  { plainHome, ...connection }: Connection,
  use: (client: pg.Client) => Promise<T>,
  database = plainHome ?? 'postgres',
  settings: readonly string[] = [],
): Promise<T> {
  const application = { fallback_application_name: 'shared-postgresql' };
  const options = toOptions([...ADMIN_OPTIONS, ...(plainHome === undefined ? UNLOGGED : []), ...settings]);
  const read = (client: pg.Client): Promise<T> => use(plainHome === undefined ? client : readAsPlain(client));
  return inSession({ ...connection, ...application, database, options }, read);
}

/** The session, in which every text is read as who is no superuser reads the scripts. */
function readAsPlain(client: pg.Client): pg.Client {
  const plain = (given: unknown): unknown => (typeof given === 'string' ? plainText(given) : given);
  const query = client.query.bind(client);
  const ask = (first: unknown, ...rest: readonly unknown[]): unknown => Reflect.apply(query, undefined, [plain(first), ...rest]);
  return new Proxy(client, { get: (target, name): unknown => (name === 'query' ? ask : Reflect.get(target, name)) });
}

/** By the lines of plain.sed, of which each is `s/words/others/g`: the Job has sed do it. */
function plainText(text: string): string {
  const lines = readScript('plain.sed').matchAll(/^s\/(.+?)\/(.+)\/g$/gm);
  return [...lines].reduce((read, [, words = '', others = '']) => read.replaceAll(words, () => others), text);
}

/** How long a login may take, in milliseconds: a lock on a catalog can keep it waiting for ever. */
const LOGIN_DEADLINE = 30_000;

/** Opens a session, uses it and closes it, whatever happens. Throws what the driver throws. */
export async function inSession<T>(config: pg.ClientConfig, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionTimeoutMillis: LOGIN_DEADLINE, ...config });
  const proof = acceptOnlyScram(client);
  if (config.enableChannelBinding) acceptOnlyBound(client);
  // A server that goes away ends the session; the query in flight tells that already.
  client.on('error', () => undefined);
  await logIn(client);
  try {
    if (!proof.isThere()) throw new Error(NOT_SCRAM);
    return await use(client);
  } finally {
    await endOf(client);
  }
}

/** How long a session may take to end, in milliseconds: what forwards it (kubectl) may never say that it did. */
const LONGEST_END = 2_000;

async function endOf(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), LONGEST_END);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}

/** The driver says the same of a host that answers nothing and of a server that lets nobody in; the first is an error of the system's. */
async function logIn(client: pg.Client): Promise<void> {
  const host = { answers: false };
  client.connection.once('connect', () => (host.answers = true));
  try {
    await client.connect();
  } catch (error) {
    if (host.answers || !(error instanceof Error && error.message === 'timeout expired')) throw error;
    throw Object.assign(new Error(`connect ETIMEDOUT ${client.host}:${client.port}`, { cause: error }), { code: 'ETIMEDOUT' });
  }
}

/**
 * Ends a login that is not by SCRAM before anything is answered: whoever asks for the password in clear text would get it, and whoever
 * asks for nothing has not shown that it knows the password. libpq has require_auth for it.
 */
function acceptOnlyScram({ connection }: pg.Client): { isThere(): boolean } {
  let isProven = false;
  const refuse = (): unknown => connection.stream.destroy(new Error(NOT_SCRAM));
  connection.on('authenticationSASLFinal', () => (isProven = true));
  for (const event of ['authenticationCleartextPassword', 'authenticationMD5Password']) connection.on(event, refuse);
  return { isThere: () => isProven };
}

/** Ends a login to a server that is known by its knowledge of the password alone, unless it proves that knowledge for this very session. */
function acceptOnlyBound({ connection }: pg.Client): void {
  connection.on('authenticationSASL', ({ mechanisms }: { readonly mechanisms: readonly string[] }) => {
    if (!mechanisms.includes('SCRAM-SHA-256-PLUS')) connection.stream.destroy(new Error(NOT_BOUND));
  });
}

/** In libpq's words, by which sentences.tsv knows it. */
const NOT_BOUND = 'channel binding is required, but server did not offer an authentication method that supports channel binding';

/** The same. */
const NOT_SCRAM = 'authentication method requirement "scram-sha-256" failed: the server asked for another';

/** Settings as the options that a session starts with. */
export function toOptions(settings: readonly string[]): string {
  return settings.map((setting) => `-c ${setting}`).join(' ');
}

/** Hands texts to the scripts: settings of the session, or of the transaction alone. */
export async function setInputs(client: pg.Client, inputs: Readonly<Record<string, string>>, local = false): Promise<void> {
  for (const [name, value] of Object.entries(inputs))
    await client.query('SELECT set_config($1, $2, $3)', [`shared_postgresql.${name}`, value, local]);
}

/** The text of one of the Job's scripts. */
export function readScript(name: string): string {
  return readFileSync(join(CHART, 'provisioning', name), 'utf8');
}

/**
 * The query of a plan, put together from its folder: the sources, each rule with its number, and what becomes of the rows. The chart's
 * template shared-postgresql.plan does the same for the Job.
 */
export function readPlanQuery(plan: Plan): string {
  const query = planQueries.get(plan) ?? composePlanQuery(plan);
  planQueries.set(plan, query);
  return query;
}

type Plan = 'server' | 'database' | 'service';

/** Each is asked of every database, and put together once. */
const planQueries = new Map<Plan, string>();

/** What is missing of the ledger in the database of the session, or in its place: statements alone, of the plan inside a database. */
export function readLedgerQuery(): string {
  return [
    differencesOf('database'),
    'SELECT statement FROM difference AS d(rule, step, ordinal, statement, reason)',
    'WHERE rule = 5 OR rule BETWEEN 20 AND 25 ORDER BY rule, ordinal, statement',
  ].join('\n');
}

function composePlanQuery(plan: Plan): string {
  return `${differencesOf(plan)}\n${readScript(`plan/${plan}/rows.sql`).trimEnd()}`;
}

function differencesOf(plan: Plan): string {
  const read = (name: string): string => readScript(`plan/${plan}/${name}`).trimEnd();
  const files = readdirSync(join(CHART, 'provisioning/plan', plan)).sort();
  const sources = files.filter((name) => name.startsWith('sources')).map(read);
  const rules = files
    .filter((name) => /^\d/.test(name))
    .map((name) => ['SELECT ', Number.parseInt(name), ', row.* FROM (\n', read(name), '\n) AS row'].join(''));
  return `${sources.join(', ')}, difference AS (\n${rules.join('\nUNION ALL\n')}\n)`;
}

/** What libpq says of a login before it says what the server said. */
const LOGIN = /connection to server (at "[^"]*"( \([^)]*\))?, port \d+|on socket "[^"]*") failed: /g;

/**
 * What is wrong with the server, in one sentence, if what was said of it tells; the Job's explain() has the same. What stands between
 * the first quote of a line and the last tells nothing: services choose some of the names, and nobody doubles the quotes in them.
 */
export function explainServer(said: string): string | undefined {
  const words = said.replaceAll(LOGIN, '').replaceAll(/".*"/g, '');
  const sentences = readScript('sentences.tsv').trimEnd().split('\n');
  return sentences.map((line) => line.split('\t')).find(([known = '']) => words.includes(known))?.[1];
}
