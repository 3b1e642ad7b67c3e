import { createHash } from 'node:crypto';
import type { RoleValues, ServiceValues } from '../../schema/values.types.ts';
import { differing, fieldsOf, isRecord, serviceFieldsOf, structureOf, type Field } from './fields.ts';
import { namesOf, roleNamesOf, type LoginNames, type Names } from './validate/names.ts';
import { compare } from './problem.ts';
import type { ServerBudget } from './validate/budget.ts';
import type { Complete, CompleteValues } from './validate/contract.ts';

/** One SQL file of a service. */
export interface SchemaFile {
  /** Its name, without the folder: `001_tenants.sql`. */
  readonly name: string;
  readonly text: string;
}

/** A login to a service's database that owns nothing there. */
export interface Role extends LoginNames {
  readonly name: string;
  /** The Secret that its password comes from: secretName, or one of the platform team's. */
  readonly passwordSecret: string;
  readonly access: 'readonly' | 'readwrite';
  readonly connectionLimit: number;
}

/** Settings of login roles, by PostgreSQL's names: a text, a list of names, or null for one that must not be set. */
export type Settings = Readonly<Record<string, string | readonly string[] | null>>;

/** What the server must have for a service, beside its names. */
export interface Wanted {
  readonly connectionLimit: number;
  /** Of all its logins. */
  readonly settings: Settings;
  /** Created by the service's own login. */
  readonly extensions: readonly string[];
  /** Created by the admin: those that values.yaml allows although they are not trusted. */
  readonly adminExtensions: readonly string[];
  readonly roles: readonly Role[];
  readonly encoding: string;
  readonly locale: Complete<ServiceValues>['locale'];
}

/** One consumer of the shared server, with every name and limit settled. */
export interface Service extends Names, Wanted {
  readonly name: string;
  /** The Secret that the owner's password comes from: secretName, or one of the platform team's. */
  readonly passwordSecret: string;
  readonly schemaFiles: readonly SchemaFile[];
  /** Its structure in the contract's terms, where it differs from the defaults: what may not be changed at install. */
  readonly structure: Readonly<Record<string, unknown>>;
}

/** A service whose database values.yaml confirms to drop. */
export interface Dropped extends Names {
  readonly name: string;
  /** PostgreSQL's number of the database that is meant, and of no later one of its name. */
  readonly oid: number;
}

/** All that the renderers read. Whatever they need to decide was decided here. */
export interface Model {
  /** The enabled services, by name. */
  readonly services: readonly Service[];
  readonly dropped: readonly Dropped[];
  /** Extensions that are not trusted and that services may name nevertheless. */
  readonly allowedExtensions: readonly string[];
  /** What a service has when values.yaml says nothing. */
  readonly defaults: Wanted;
  /** The same in the contract's terms. */
  readonly defaultStructure: Readonly<Record<string, unknown>>;
  /** The structure of the deployment, without its services, in the contract's terms. */
  readonly structure: Readonly<Record<string, unknown>>;
  /** What the server's connections and memory are divided into. */
  readonly budget: ServerBudget;
  /** How long one statement that applies a schema file may take, in seconds. */
  readonly schemaFileDeadline: number;
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
  readonly budget: ServerBudget;
  /** values.yaml as it was written, without defaults. */
  readonly written: unknown;
  readonly contract: object;
  /** The schema files of each service, by its name. */
  readonly schemaFiles: ReadonlyMap<string, readonly SchemaFile[]>;
}

/** Settles every name and default. */
export function buildModel({ values, defaults, budget, written, contract, schemaFiles }: ModelInput): Model {
  const fields = fieldsOf(contract);
  const defaultStructure = structureOf(serviceFieldsOf(fields), defaults);
  const entries = Object.entries(values.services).sort(([a], [b]) => compare(a, b));
  const services = entries
    .filter(([, entry]) => entry.enabled)
    .map(([name, entry]): Service => {
      const wanted = wantedOf(name, entry, values.postgresql.allowedExtensions);
      const names = namesOf(name, entry);
      const settled = { ...entry, ...names, roles: Object.fromEntries(wanted.roles.map((role) => [role.name, role])) };
      const structure = differing(structureOf(serviceFieldsOf(fields), settled), defaultStructure);
      const passwordSecret = entry.existingSecret || names.secretName;
      return { name, ...names, passwordSecret, ...wanted, schemaFiles: inOrder(schemaFiles.get(name) ?? []), structure };
    });
  const dropped = entries.filter(([, { drop }]) => drop !== '').map(([name, entry]) => droppedOf(name, entry));
  const { services: _, ...deployment } = values;
  return {
    services,
    dropped,
    allowedExtensions: [...values.postgresql.allowedExtensions].sort(compare),
    defaults: wantedOf('', defaults, []),
    defaultStructure,
    structure: structureOf(
      fields.filter(({ path }) => path in deployment),
      deployment,
    ),
    budget,
    schemaFileDeadline: values.provisioning.deadlines.schemaFile,
    written: isRecord(written) ? (written['services'] ?? {}) : {},
    contract,
    fields,
    digest: digestOf([services, dropped]),
  };
}

/** Where a password comes from is a knob, and shapes nothing in the chart. */
function digestOf(inputs: unknown): string {
  const text = JSON.stringify(inputs, (key, value: unknown) => (key === 'passwordSecret' ? undefined : value));
  return createHash('sha256').update(text).digest('hex');
}

function inOrder(files: readonly SchemaFile[]): SchemaFile[] {
  return [...files].sort((a, b) => compare(a.name, b.name));
}

function droppedOf(name: string, entry: Complete<ServiceValues>): Dropped {
  return { name, ...namesOf(name, entry), oid: Number(entry.drop.slice(entry.drop.lastIndexOf('-') + 1)) };
}

function wantedOf(service: string, entry: Complete<ServiceValues>, allowed: readonly string[]): Wanted {
  const extensions = [...entry.extensions].sort(compare);
  const adminExtensions = extensions.filter((name) => allowed.includes(name));
  return {
    connectionLimit: entry.connectionLimit,
    settings: settingsOf(entry, adminExtensions.length > 0),
    extensions: extensions.filter((name) => !allowed.includes(name)),
    adminExtensions,
    roles: Object.entries(entry.roles)
      .sort(([a], [b]) => compare(a, b))
      .map(([name, role]) => roleOf(service, namesOf(service, entry).database, name, role)),
    encoding: entry.encoding,
    locale: entry.locale,
  };
}

function roleOf(service: string, database: string, name: string, role: Complete<RoleValues>): Role {
  const { access, connectionLimit } = role;
  const names = roleNamesOf(service, database, name, role);
  return { name, ...names, passwordSecret: role.existingSecret || names.secretName, access, connectionLimit };
}

/** The schema that belongs to the admin in every service's database. */
const ADMIN_SCHEMA = 'shared_postgresql';

function settingsOf(
  { timeouts, tempFileLimit, workMem, searchPath }: Complete<ServiceValues>,
  needsAdminSchema: boolean,
): Settings {
  const usual = searchPath.length > 0 ? searchPath : ['$user', 'public'];
  const path = needsAdminSchema ? [...new Set([...usual, ADMIN_SCHEMA])] : searchPath;
  return {
    idle_in_transaction_session_timeout: timeouts.idleInTransaction,
    lock_timeout: timeouts.lock,
    search_path: path.length > 0 ? path : null,
    statement_timeout: timeouts.statement,
    temp_file_limit: tempFileLimit,
    work_mem: workMem || null,
  };
}
