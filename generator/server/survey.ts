import pLimit from 'p-limit';
import type pg from 'pg';
import type { Generated } from '../generate/generate.ts';
import type { Service } from '../generate/model.ts';
import type { Credentials } from './passwords.ts';
import { readPlan, type PlannedStatement, type Progress } from './plan.ts';
import { readRestarts } from './restarts.ts';
import { asAdmin, type Connection } from './session.ts';
import { readTables, type Tables } from './tables.ts';
import { readAccess, verify, type Access } from './verify.ts';

/** What a live server is found to have. */
export interface Survey {
  readonly server: ServerFacts;
  /** Every database of the server of which the admin may know the size, by its name. */
  readonly databases: ReadonlyMap<string, DatabaseFacts>;
  /** What differs from the values, inside the databases as well. */
  readonly plan: readonly PlannedStatement[];
  /** What the upgrade that brings the values restarts the server for. */
  readonly restarts: readonly PlannedStatement[];
  readonly access: Access;
  /** Whether the logins were tried; otherwise the catalogs were asked. */
  readonly isProven: boolean;
  /** By service; a sentence where nobody can look. A database that is not there yet has no entry. */
  readonly tables: ReadonlyMap<string, Tables | string>;
}

export interface ServerFacts {
  readonly address: string;
  readonly version: string;
  /** When it was started, to the minute, in UTC. */
  readonly since: string;
}

export interface DatabaseFacts {
  readonly bytes: number;
  /** Sessions that are open now. */
  readonly sessions: number;
}

export interface SurveyOptions {
  readonly connection: Connection;
  readonly generated: Generated;
  /** Without them nobody logs in. */
  readonly credentials?: Credentials;
  readonly progress: Progress;
}

/** Databases that are looked into at once. */
const AT_ONCE = 4;

/** Reads what a report tells of a live server. Changes nothing. Throws what the driver throws when the admin cannot log in. */
export async function readSurvey(options: SurveyOptions): Promise<Survey> {
  const { connection, generated } = options;
  const facts = await asAdmin(connection, readServer, undefined, ['statement_timeout=120s', 'default_transaction_read_only=on']);
  const doors = await readDoors(options);
  const restarts = await readRestarts(connection, generated);
  const there = generated.model.services.filter(({ database }) => facts.databases.has(database));
  return { ...facts, ...doors, restarts, tables: await readAllTables(there, options) };
}

async function readDoors({
  connection,
  generated,
  credentials,
  progress,
}: SurveyOptions): Promise<Pick<Survey, 'plan' | 'access' | 'isProven'>> {
  if (credentials) {
    const { plan, attempts, wrong } = await verify({ connection, generated, ...credentials, progress });
    return { plan, access: { attempts, wrong }, isProven: true };
  }
  const plan = await readPlan({ connection, generated, compare: 'all', progress });
  return { plan, access: await readAccess(connection, generated), isProven: false };
}

/** Whether a session `a` is that of a client. Of what runs as somebody else, who is no superuser is told in which database alone. */
export const IS_CLIENT = `coalesce(a.backend_type, CASE WHEN a.datid IS NOT NULL AND a.usesysid IS NOT NULL THEN 'client backend' END) = 'client backend'`;

/** The server itself, and what it holds. */
export async function readServer(client: pg.Client): Promise<Pick<Survey, 'server' | 'databases'>> {
  const { rows } = await client.query<Omit<ServerFacts, 'address'>>(
    `SELECT current_setting('server_version') AS version,
       to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') AS since`,
  );
  const databases = await client.query<{ name: string; bytes: string; sessions: string }>(
    `SELECT datname::text AS name, pg_database_size(oid) AS bytes,
       (SELECT count(*) FROM pg_stat_activity AS a WHERE a.datid = d.oid AND ${IS_CLIENT}) AS sessions
     FROM pg_database AS d WHERE has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE') ORDER BY datname`,
  );
  const { version = '', since = '' } = rows[0] ?? {};
  return {
    server: { address: `${client.host}:${client.port}`, version, since },
    databases: new Map(
      databases.rows.map(({ name, bytes, sessions }) => [name, { bytes: Number(bytes), sessions: Number(sessions) }]),
    ),
  };
}

async function readAllTables(services: readonly Service[], { connection, progress }: SurveyOptions): Promise<Survey['tables']> {
  const limit = pLimit(AT_ONCE);
  progress.start(services.length, 'databases read');
  const entries = await limit.map(services, async ({ name, database }): Promise<[string, Tables | string]> => {
    // What stops the look into one database is about its service alone.
    const found = await readTables(connection, database).catch((error: unknown) =>
      error instanceof Error ? error.message : String(error),
    );
    progress.step();
    return [name, found];
  });
  progress.stop();
  return new Map(entries);
}
