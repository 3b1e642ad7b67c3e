import { createHash } from 'node:crypto';
import type { ServiceValues } from '../schema/values.types.ts';
import { fieldsOf, isRecord, serviceFieldsOf, structureOf, type Field } from './fields.ts';
import { namesOf, type Names } from './names.ts';
import { compare } from './problem.ts';
import type { Complete, CompleteValues } from './validate/contract.ts';

/** One SQL file of a service. */
export interface SchemaFile {
  /** Its name, without the folder: `001_tenants.sql`. */
  readonly name: string;
  readonly text: string;
}

/** What the server must have for a service, beside its names. */
export interface Limits {
  readonly connectionLimit: number;
  /** Settings of its login role, by PostgreSQL's names. */
  readonly settings: Readonly<Record<string, string>>;
  readonly extensions: readonly string[];
}

/** One consumer of the shared server, with every name and limit settled. */
export interface Service extends Names, Limits {
  readonly name: string;
  readonly schemaFiles: readonly SchemaFile[];
  /** Its structure in the contract's terms: what may not be changed at install. */
  readonly structure: Readonly<Record<string, unknown>>;
}

/** All that the renderers read. Whatever they need to decide was decided here. */
export interface Model {
  /** The enabled services, by name. */
  readonly services: readonly Service[];
  /** What a service has when values.yaml says nothing. */
  readonly defaults: Limits;
  /** The structure of the deployment, without its services, in the contract's terms. */
  readonly structure: Readonly<Record<string, unknown>>;
  /** The services as they stand in values.yaml, enabled or not. */
  readonly written: unknown;
  readonly contract: object;
  readonly fields: readonly Field[];
  /** Hash of all that provisioning reads from the chart: part of the Job's name, so that a change makes a new Job. */
  readonly digest: string;
}

export interface ModelInput {
  readonly values: CompleteValues;
  /** A service about which values.yaml says nothing. */
  readonly defaults: Complete<ServiceValues>;
  /** values.yaml as it was written, without defaults. */
  readonly written: unknown;
  readonly contract: object;
  /** The schema files of each service, by its name. */
  readonly schemaFiles: ReadonlyMap<string, readonly SchemaFile[]>;
}

/** Settles every name and default. */
export function buildModel({ values, defaults, written, contract, schemaFiles }: ModelInput): Model {
  const fields = fieldsOf(contract);
  const services = Object.entries(values.services)
    .filter(([, entry]) => entry.enabled)
    .sort(([a], [b]) => compare(a, b))
    .map(([name, entry]) => buildService(name, entry, schemaFiles.get(name) ?? [], serviceFieldsOf(fields)));
  const { services: _, ...deployment } = values;
  return {
    services,
    defaults: limitsOf(defaults),
    structure: structureOf(fields, deployment),
    written: isRecord(written) ? (written['services'] ?? {}) : {},
    contract,
    fields,
    digest: createHash('sha256').update(JSON.stringify(services)).digest('hex'),
  };
}

function buildService(
  name: string,
  entry: Complete<ServiceValues>,
  schemaFiles: readonly SchemaFile[],
  fields: readonly Field[],
): Service {
  const names = namesOf(name, entry);
  return {
    name,
    ...names,
    ...limitsOf(entry),
    schemaFiles: [...schemaFiles].sort((a, b) => compare(a.name, b.name)),
    structure: structureOf(fields, { ...entry, ...names }),
  };
}

function limitsOf({ connectionLimit, timeouts, tempFileLimit, extensions }: Complete<ServiceValues>): Limits {
  return {
    connectionLimit,
    settings: {
      idle_in_transaction_session_timeout: timeouts.idleInTransaction,
      lock_timeout: timeouts.lock,
      statement_timeout: timeouts.statement,
      temp_file_limit: tempFileLimit,
    },
    extensions: [...extensions].sort(compare),
  };
}
