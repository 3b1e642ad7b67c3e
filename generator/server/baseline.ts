import type pg from 'pg';
import type { Generated } from '../generate/generate.ts';
import type { Service } from '../generate/model.ts';
import { sha256 } from './checksum.ts';
import { readServerPlan, type Worker } from './plan.ts';
import { asAdmin, readLedgerQuery, setInputs, type Connection } from './session.ts';

/** What became of a service: the schema files that were recorded, or why none was. */
export interface Baselined {
  readonly service: string;
  readonly recorded: readonly string[];
  /** Files that the ledger had already. */
  readonly known: readonly string[];
  readonly refusal?: string;
}

interface BaselineOptions {
  readonly connection: Connection;
  readonly generated: Generated;
  readonly services: readonly Service[];
}

/**
 * Records the schema files of services as applied, without running them: the ledger is made where it is missing, and nothing else is touched. No
 * run of provisioning goes on meanwhile. Throws what the driver throws.
 */
export function baseline({ connection, generated, services }: BaselineOptions): Promise<readonly Baselined[]> {
  return asAdmin(connection, async (client) => {
    await client.query(`SET lock_timeout = '30min'; SELECT pg_advisory_lock(hashtext('shared_postgresql')); RESET lock_timeout`);
    const { rows, workers } = await readServerPlan(client, generated, 'all');
    const results: Baselined[] = [];
    for (const service of services) {
      const said = rows.find((row) => row.service === service.name)?.statement ?? '';
      results.push(await baselineOne(connection, service, workers.get(service.name), said));
    }
    return results;
  });
}

async function baselineOne(
  connection: Connection,
  service: Service,
  worker: Worker | undefined,
  said: string,
): Promise<Baselined> {
  const none = { service: service.name, recorded: [], known: [] };
  const { database } = service;
  if (!worker)
    return { ...none, refusal: `database ${database} is not the service's until its entry confirms it (plan says why): ${said}` };
  if (!worker.hasDatabase)
    return { ...none, refusal: `there is no database ${database}: apply makes it, and runs the schema files` };
  return asAdmin(connection, (client) => record(client, service, worker.entry), database);
}

async function record(client: pg.Client, service: Service, entry: string): Promise<Baselined> {
  await client.query('BEGIN');
  await setInputs(client, { entry });
  const { rows } = await client.query<{ statement: string }>(readLedgerQuery());
  for (const { statement } of rows) await client.query(statement);
  const ledger = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM shared_postgresql.schema_file',
  );
  const applied = new Map(ledger.rows.map(({ name, checksum }) => [name, checksum]));
  const edited = service.schemaFiles.filter(({ name, text }) => (applied.get(name) ?? sha256(text)) !== sha256(text));
  if (edited.length > 0) return refusedFor(service, edited[0]?.name ?? '');
  const missing = service.schemaFiles.filter(({ name }) => !applied.has(name));
  for (const { name, text } of missing)
    await client.query('INSERT INTO shared_postgresql.schema_file (name, checksum) VALUES ($1, $2)', [name, sha256(text)]);
  await client.query('COMMIT');
  const known = service.schemaFiles.filter(({ name }) => applied.has(name)).map(({ name }) => name);
  return { service: service.name, recorded: missing.map(({ name }) => name), known };
}

function refusedFor({ name: service }: Service, file: string): Baselined {
  const refusal = `the ledger has ${file} with another text; restore its text and put the change into a new schema file`;
  return { service, recorded: [], known: [], refusal };
}
