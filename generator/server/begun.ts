import pLimit from 'p-limit';
import type { Service } from '../generate/model.ts';
import { isBegun, readLedger } from './ledger.ts';
import { asAdmin, type Connection } from './session.ts';

/** Databases that are looked into at once. */
const AT_ONCE = 4;

type WithFiles = Pick<Service, 'name' | 'database' | 'schemaFiles'>;

const SETTINGS = ['statement_timeout=60s', 'lock_timeout=10s', 'default_transaction_read_only=on'];

/**
 * By service, the schema files that were begun outside a transaction and are not done; a sentence where nobody can look. Of the services that are remembered
 * as well no database is opened: they have none. Throws what the driver throws when the admin cannot log in.
 */
export async function readBegun(
  connection: Connection,
  services: readonly WithFiles[],
): Promise<ReadonlyMap<string, readonly string[] | string>> {
  const outside = services.filter(({ schemaFiles }) => schemaFiles.some(({ steps }) => steps !== undefined));
  if (outside.length === 0) return new Map();
  const unwell = await readUnwell(connection);
  const looked = await pLimit(AT_ONCE).map(
    outside.filter(({ database }) => unwell.has(database)),
    async (service) => [service.name, await begunOf(connection, service)] as const,
  );
  return new Map(looked);
}

/** Databases of services that a run of provisioning looked into and did not leave well, or is looking into. */
async function readUnwell(connection: Connection): Promise<ReadonlySet<string>> {
  return asAdmin(
    connection,
    async (client) => {
      const records = await client.query(`SELECT WHERE to_regclass('shared_postgresql.login') IS NOT NULL`);
      if (records.rowCount === 0) return new Set();
      const { rows } = await client.query<{ database: string }>(
        `SELECT datname::text AS database FROM shared_postgresql.login JOIN pg_database ON datname = database WHERE access = 'owner' AND digest IS NULL`,
      );
      return new Set(rows.map(({ database }) => database));
    },
    undefined,
    SETTINGS,
  );
}

/** What stops the look into one database keeps nobody else's from being told. */
async function begunOf(connection: Connection, { database, schemaFiles }: WithFiles): Promise<readonly string[] | string> {
  const files = schemaFiles.filter(({ steps }) => steps !== undefined);
  try {
    const ledger = await asAdmin(connection, (client) => readLedger(client, files), database, SETTINGS);
    return files.map(({ name }) => name).filter((name) => isBegun(name, ledger));
  } catch (error) {
    return `nobody can look which of its schema files are done: ${error instanceof Error ? error.message : String(error)}`;
  }
}
