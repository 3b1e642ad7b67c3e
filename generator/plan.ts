import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Generated } from './generate.ts';
import type { Service } from './model.ts';
import { CHART } from './read.ts';

/** One statement that provisioning would run now. */
export interface PlannedStatement {
  /** The service, or `server` for what concerns all of them. */
  readonly service: string;
  readonly statement: string;
  readonly reason: string;
}

/**
 * What whoever asks wants of the admin's sessions: that nothing which a database or a role has set reaches them, and that
 * they change nothing. provision.sh has the same for the Job.
 */
const ADMIN_OPTIONS =
  '-c search_path=pg_catalog,pg_temp -c statement_timeout=0 -c lock_timeout=60s -c client_min_messages=warning -c jit=off';

/**
 * The statements that provisioning would run on a live server, by the very queries of the Job. Changes nothing. Passwords are
 * not compared: nobody gave them. `connection` is what the driver takes; without it, libpq's variables hold. Throws what the
 * driver throws when the server cannot be reached.
 */
export async function readPlan(connection: pg.ClientConfig, { model, files }: Generated): Promise<PlannedStatement[]> {
  const rows = await inSession(connection, (client) => readServerPlan(client, model.services, files));
  const missing = new Set(rows.filter(({ statement }) => statement.startsWith('CREATE DATABASE ')).map(({ service }) => service));
  const planned = rows
    .filter(({ step }) => step < COMPARE)
    .map(({ service, statement, reason }) => ({ service, statement, reason }));
  for (const row of rows.filter(({ step }) => step === COMPARE)) {
    const service = model.services.find(({ name }) => name === row.service);
    if (!service) continue;
    const inside = missing.has(service.name)
      ? service.schemaFiles.map((file) => pending(service, file.name))
      : await inSession({ ...connection, database: service.database }, (client) => readDatabasePlan(client, service, row.entry));
    planned.push(...inside);
  }
  return planned;
}

/** The step of plan-server.sql that asks to look into a database. */
const COMPARE = 90;

interface ServerRow extends PlannedStatement {
  readonly step: number;
  /** With COMPARE: the service's entry of the desired state, as plan-database.sql wants it. */
  readonly entry: string;
}

async function inSession<T>(connection: pg.ClientConfig, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...connection, options: ADMIN_OPTIONS });
  await client.connect();
  try {
    // What state.sql makes is needed to ask, and is taken back.
    await client.query('BEGIN');
    return await use(client);
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
    await client.end();
  }
}

async function readServerPlan(client: pg.Client, services: readonly Service[], files: Generated['files']): Promise<ServerRow[]> {
  await client.query(readScript('state.sql'));
  await setInputs(client, {
    desired: files.find(({ path }) => path === 'desired.json')?.content ?? '',
    checksums: services
      .flatMap(({ name, schemaFiles }) => schemaFiles.map((file) => `${sha256(file.text)}  ${name}/${file.name}`))
      .join('\n'),
    fingerprints: '',
    passwords: 'unknown',
    compare: 'changed',
    rules: readScript('plan-database.sql').trimEnd(),
  });
  const { rows } = await client.query<Omit<ServerRow, 'entry'>>(
    `${readScript('plan-server.sql')} ORDER BY ordinal, step, statement`,
  );
  const complete: ServerRow[] = [];
  for (const row of rows) complete.push({ ...row, entry: row.step === COMPARE ? await readEntry(client, row.statement) : '' });
  return complete;
}

/** The line that a worker is started with ends in the entry. */
async function readEntry(client: pg.Client, statement: string): Promise<string> {
  const { rows } = await client.query<unknown[]>({ text: statement, rowMode: 'array' });
  return String(rows[0]?.at(-1));
}

async function readDatabasePlan(client: pg.Client, service: Service, entry: string): Promise<PlannedStatement[]> {
  await setInputs(client, { entry });
  const { rows } = await client.query<Omit<PlannedStatement, 'service'>>(readScript('plan-database.sql'));
  const applied = await readLedger(client);
  const files = service.schemaFiles.filter((file) => applied.get(file.name) !== sha256(file.text));
  return [
    ...rows.map(({ statement, reason }) => ({ service: service.name, statement, reason })),
    ...files.map((file) => pending(service, file.name, applied.has(file.name))),
  ];
}

/** The ledger, unless somebody else than the admin owns it: then reading it could run what its owner planted. */
async function readLedger(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const own = await client.query(
    `SELECT FROM pg_class WHERE oid = to_regclass('shared_postgresql.schema_file') AND pg_get_userbyid(relowner) = current_user`,
  );
  if (own.rowCount === 0) return new Map();
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM shared_postgresql.schema_file',
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

function pending(service: Service, file: string, edited = false): PlannedStatement {
  const reason = edited
    ? 'the schema file was edited after it was applied, which will be refused'
    : 'the schema file is not applied yet';
  return { service: service.name, statement: `apply ${file} as ${service.user}`, reason };
}

async function setInputs(client: pg.Client, inputs: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(inputs))
    await client.query('SELECT set_config($1, $2, true)', [`shared_postgresql.${name}`, value]);
}

function readScript(name: string): string {
  return readFileSync(join(CHART, 'provisioning', name), 'utf8');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
