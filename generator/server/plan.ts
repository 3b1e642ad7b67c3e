import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Generated } from '../generate.ts';
import type { Service } from '../model.ts';
import { fingerprintsOf, type Passwords } from './passwords.ts';
import { asAdmin, readScript, setInputs, type Connection } from './session.ts';

/** One statement that provisioning would run now. */
export interface PlannedStatement {
  /** The service, or `server` for what concerns all of them. */
  readonly service: string;
  readonly statement: string;
  readonly reason: string;
  /** Set for drift that provisioning never mends: the statement is for a person. */
  readonly reported?: true;
}

/** Which databases are looked into: those whose service changed since they were well, or all. */
export type Compare = 'changed' | 'all';

/** A row of plan-server.sql, as its first lines describe it. */
export interface ServerRow {
  readonly ordinal: number;
  readonly step: number;
  readonly service: string;
  readonly statement: string;
  readonly reason: string;
}

/** A row of plan-database.sql or plan-service.sql. */
export interface DatabaseRow {
  readonly step: number;
  readonly statement: string;
  readonly reason: string;
}

/** What a worker is started with: what it should see to in one service's database. */
export interface Work {
  /** The sources of passwords to set, <service> or <service>.<role>, with the login of each. */
  readonly toSet: readonly { readonly source: string; readonly user: string }[];
  /** Sources whose password is missing. */
  readonly without: readonly string[];
  /** The service's entry of the desired state, as plan-database.sql wants it. */
  readonly entry: string;
}

/** The step of plan-server.sql that asks to look into a database. */
export const COMPARE_STEP = 90;

/** From this step on a row is only reported. */
export const REPORTED_STEP = 100;

/**
 * The statements that provisioning would run on a live server, by the very queries of the Job. Changes nothing. Passwords are
 * not compared: nobody gave them. Throws what the driver throws when the server cannot be reached.
 */
export async function readPlan(connection: Connection, generated: Generated, compare: Compare): Promise<PlannedStatement[]> {
  const { services } = generated.model;
  const planned: PlannedStatement[] = [];
  const { rows, work } = await asAdmin(connection, (client) => readServerPlan(client, generated, compare));
  const missing = new Set(rows.filter(({ statement }) => statement.startsWith('CREATE DATABASE ')).map(({ service }) => service));
  for (const row of rows.filter(({ step }) => step !== COMPARE_STEP)) planned.push(plannedOf(row.service, row));
  for (const service of services) {
    const { entry } = work.get(service.name) ?? {};
    if (entry === undefined) continue;
    const inside = missing.has(service.name)
      ? service.schemaFiles.map((file) => pending(service, file.name))
      : await asAdmin(connection, (client) => readInside(client, service, entry), service.database);
    planned.push(...inside);
  }
  return planned;
}

function plannedOf(service: string, { step, statement, reason }: DatabaseRow): PlannedStatement {
  return { service, statement, reason, ...(step >= REPORTED_STEP ? { reported: true } : {}) };
}

interface ServerPlan {
  readonly rows: readonly ServerRow[];
  readonly work: ReadonlyMap<string, Work>;
}

async function readServerPlan(client: pg.Client, generated: Generated, compare: Compare): Promise<ServerPlan> {
  // What state.sql makes is needed to ask, and is taken back when the session ends.
  await client.query('BEGIN');
  await client.query(readScript('state.sql'));
  await setInputs(client, inputsOf(generated, compare));
  await makePlan(client);
  return { rows: await readRows(client), work: await readWork(client) };
}

/** What plan-server.sql reads. Without passwords nobody can tell whether one changed. */
export function inputsOf({ model, files }: Generated, compare: Compare, passwords?: Passwords): Record<string, string> {
  const checksums = model.services.flatMap(({ name, schemaFiles }) =>
    schemaFiles.map((file) => `${sha256(file.text)}  ${name}/${file.name}`),
  );
  return {
    desired: files.find(({ path }) => path === 'desired.json')?.content ?? '',
    checksums: checksums.join('\n'),
    fingerprints: passwords ? fingerprintsOf(passwords) : '',
    passwords: passwords ? 'given' : 'unknown',
    compare,
    rules: readScript('plan-database.sql').trimEnd(),
  };
}

/** Makes the table plan anew, as provision.psql does. It goes with the session or with its transaction. */
export async function makePlan(client: pg.Client): Promise<void> {
  await client.query('DROP TABLE IF EXISTS pg_temp.plan');
  await client.query(['CREATE TEMP TABLE plan AS', readScript('plan-server.sql')].join(' '));
}

/** The rows of the table plan, in their order. */
export async function readRows(client: pg.Client): Promise<readonly ServerRow[]> {
  const { rows } = await client.query<ServerRow>(
    'SELECT ordinal::integer, step, service, statement, reason FROM plan ORDER BY ordinal, step, statement',
  );
  return rows;
}

/** What workers would be started with, by service: the statement of their row selects it. */
export async function readWork(client: pg.Client): Promise<ReadonlyMap<string, Work>> {
  const { rows } = await client.query<{ service: string; statement: string }>(
    'SELECT service, statement FROM plan WHERE step = $1',
    [COMPARE_STEP],
  );
  const work = new Map<string, Work>();
  for (const { service, statement } of rows) {
    const line = await client.query<string[]>({ text: statement, rowMode: 'array' });
    const [, , , toSet = '-', without = '-', entry = ''] = line.rows[0] ?? [];
    const pairs = wordsOf(toSet);
    work.set(service, {
      toSet: pairs.flatMap((source, index) => (index % 2 === 0 ? { source, user: pairs[index + 1] ?? '' } : [])),
      without: wordsOf(without),
      entry,
    });
  }
  return work;
}

function wordsOf(text: string): readonly string[] {
  return text === '-' ? [] : text.split(' ');
}

/** The rows of plan-database.sql in the database of the session. */
export async function readDatabaseRows(client: pg.Client, entry: string): Promise<readonly DatabaseRow[]> {
  await setInputs(client, { entry });
  const { rows } = await client.query<DatabaseRow>(readScript('plan-database.sql'));
  return rows;
}

async function readInside(client: pg.Client, service: Service, entry: string): Promise<PlannedStatement[]> {
  const rows = await readDatabaseRows(client, entry);
  const own = await client.query<DatabaseRow>(readScript('plan-service.sql'));
  const applied = await readLedger(client);
  const files = service.schemaFiles.filter((file) => applied.get(file.name) !== sha256(file.text));
  return [
    ...[...rows, ...own.rows].map((row) => plannedOf(service.name, row)),
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

/** As sha256sum prints it. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
