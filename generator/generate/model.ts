import { createHash } from 'node:crypto';
import type { ServiceValues } from '../../schema/values.types.ts';
import { changedFields, fieldsOf, isRecord, serviceFieldsOf, structureOf, type Field } from './fields.ts';
import type { ParsedValues } from './parse.ts';
import { derivedLoginsOf, ownedElsewhereOf } from './origins.ts';
import { backupKnobsOf, serverKnobsOf, type BackupKnobs, type ServerKnobs } from './knobs.ts';
import { platformLoginsOf, type PlatformLogin } from './platform.ts';
import { compare } from './problem.ts';
import type { Input } from './read.ts';
import { restartsOf, type Restarts } from './restarts.ts';
import type { Valid } from './validate.ts';
import type { Budget } from './validate/budget.ts';
import { readConfirmation } from './validate/confirmation.ts';
import type { Complete, CompleteValues } from './validate/contract.ts';
import { EXTENSIONS, extensionsOf, placementsOf, type Placement } from './validate/extensions.ts';
import type { SchemaFile } from './validate/schema-files.ts';
import { engineOf, type Engine } from './validate/engine.ts';
import { authorityOf, type Authority } from './validate/tls.ts';
import { accessOfPlatform } from './validate/platform-logins.ts';
import { lookUp, type LoginNames, type OwnNames, type ServiceNames } from './validate/names.ts';

/** A login to a service's database beside its own. */
export interface Role extends LoginNames {
  readonly name: string;
  /** The Secret that its password comes from: secretName, or one of the platform team's. */
  readonly passwordSecret: string;
  /** A migrator is the service's own login from the first moment of its sessions. */
  readonly access: 'readonly' | 'readwrite' | 'migrator';
  readonly connectionLimit: number;
  /** The Secret with the certificate without which the server does not let it in; empty for none. */
  readonly clientCertificate: string;
  /** Whether it is a login of the platform's, whose pods are in the deployment's namespace. */
  readonly ofPlatform?: true;
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
export interface Service extends OwnNames, Wanted {
  readonly name: string;
  /** The Secret that the owner's password comes from: secretName, or one of the platform team's. */
  readonly passwordSecret: string;
  /** The Secret with the certificate without which the server does not let its login in; empty for none. */
  readonly clientCertificate: string;
  /** Where its pods are, and its connection Secrets; empty for the deployment's own namespace. */
  readonly namespace: string;
  /** Of its extensions, by name, those whose schema or version is declared; what is not is left out. */
  readonly placements: Readonly<Record<string, Placement>>;
  readonly schemaFiles: readonly SchemaFile[];
  /** PostgreSQL's number of the database that it takes over although it was not made for it; null for none. */
  readonly adopt: number | null;
  /** Its structure in the contract's terms, where it differs from the defaults: what may not be changed at install. */
  readonly structure: Readonly<Record<string, unknown>>;
}

/** A service whose database values.yaml confirms to drop. */
export interface Dropped extends OwnNames {
  readonly name: string;
  /** PostgreSQL's number of the database that is meant, and of no later one of its name. */
  readonly oid: number;
  readonly withoutBackup: boolean;
}

/** All that the renderers read. Whatever they need to decide was decided here. */
export interface Model {
  /** The enabled services, by name. */
  readonly services: readonly Service[];
  readonly dropped: readonly Dropped[];
  readonly platformLogins: readonly PlatformLogin[];
  /** Logins whose passwords are computed of a seed, which only whoever renders the chart has. */
  readonly derivedLogins: readonly string[];
  /** Whether the command deploy makes and keeps the Secrets, and no release holds them. */
  readonly deploysSecrets: boolean;
  /** Whether the data of a former major is brought over before the server starts. */
  readonly upgrades: boolean;
  /** Logins of services whose Secrets the platform team brings. */
  readonly ownedElsewhere: readonly string[];
  /** Extensions that are not trusted and that services may name nevertheless. */
  readonly allowedExtensions: readonly string[];
  /** Functions of these that everybody could call if nobody closed them: name(types). */
  readonly closedFunctions: readonly string[];
  /** What a service has when values.yaml says nothing. */
  readonly defaults: Wanted;
  /** The same in the contract's terms. */
  readonly defaultStructure: Readonly<Record<string, unknown>>;
  /** The structure of the deployment, without its services, in the contract's terms. */
  readonly structure: Readonly<Record<string, unknown>>;
  /** What the server's connections, memory and disk are divided into, and the settings that follow. */
  readonly budget: Budget;
  readonly server: ServerKnobs;
  readonly backup: BackupKnobs;
  /** What runs PostgreSQL. */
  readonly engine: Engine;
  /** How a service's pods know the server; undefined when it speaks no TLS. */
  readonly authority?: Authority;
  /** How long one statement that applies a schema file may take, in seconds. */
  readonly schemaFileDeadline: number;
  /** The services as they stand in values.yaml, enabled or not, without defaults. */
  readonly declaredServices: unknown;
  readonly contract: object;
  readonly fields: readonly Field[];
  /** Of the values whose change restarts the server, what they are now. */
  readonly restarts: Restarts;
  /** A sentence for each rule between fields and between services. */
  readonly rules: readonly string[];
  /** Hash of all that provisioning reads from the chart: part of the Job's name, so that a change makes a new Job. */
  readonly digest: string;
}

/** Settles every default. */
export function buildModel(valid: Valid, { parsed, contract, rules }: Pick<Input, 'parsed' | 'contract' | 'rules'>): Model {
  const { values, defaults, budget } = valid;
  const fields = fieldsOf(contract);
  const defaultStructure = structureOf(serviceFieldsOf(fields), defaults);
  const services = servicesOf(valid, fields, defaultStructure);
  const dropped = droppedOf(valid);
  const platformLogins = platformLoginsOf(values);
  const allowedExtensions = [...values.postgresql.allowedExtensions].sort(compare);
  const closedFunctions = allowedExtensions.flatMap((name) => EXTENSIONS.get(name)?.closed ?? []).sort(compare);
  return {
    services,
    dropped,
    platformLogins,
    derivedLogins: derivedLoginsOf(values, services, platformLogins),
    deploysSecrets: values.auth.passwords === 'deploy',
    upgrades: values.postgresql.upgradeFrom.version !== '',
    ownedElsewhere: ownedElsewhereOf(values, services),
    allowedExtensions,
    closedFunctions,
    defaults: wantedOf(defaults, new Map(), []),
    defaultStructure,
    structure: deploymentStructureOf(values, fields),
    budget,
    server: serverKnobsOf(values),
    engine: engineOf(values),
    authority: authorityOf(values),
    backup: backupKnobsOf(values),
    schemaFileDeadline: values.provisioning.deadlines.schemaFile,
    declaredServices: declaredServicesOf(parsed),
    contract,
    fields,
    restarts: restartsOf(values, fields),
    rules: sentencesOf(rules),
    digest: digestOf([services, dropped, platformLogins, closedFunctions]),
  };
}

/** The doc comments of the rules, each as one line. */
function sentencesOf(rules: Input['rules']): string[] {
  return [...rules.values()]
    .map((text) => /\/\*\*((?:(?!\*\/).)*)\*\/\s*export const rule\b/s.exec(text)?.[1] ?? '')
    .map((comment) => comment.replace(/\s*\n\s*\*?\s*/g, ' ').trim())
    .sort(compare);
}

type Entry = Complete<ServiceValues>;

/** The services of values.yaml, by name. */
function entriesOf({ services }: CompleteValues): [string, Entry][] {
  return Object.entries(services).sort(([a], [b]) => compare(a, b));
}

function servicesOf(valid: Valid, fields: readonly Field[], defaultStructure: Service['structure']): Service[] {
  return entriesOf(valid.values)
    .filter(([, { enabled }]) => enabled)
    .map(([name, entry]) => {
      const service = serviceOf(name, entry, valid);
      const platformRoles = service.roles.filter(({ ofPlatform }) => ofPlatform === true).map((role) => role.name);
      const structure = changedFields(serviceStructureOf(entry, service, fields), defaultStructure);
      return { ...service, structure: { ...structure, ...(platformRoles.length > 0 && { platformRoles }) } };
    });
}

function serviceOf(name: string, entry: Entry, { values, names, schemaFiles }: Valid): Omit<Service, 'structure'> {
  const { database, user, login, rotation, secretName, roles } = lookUp(names, name);
  const wanted = wantedOf(entry, roles, values.postgresql.allowedExtensions);
  return {
    name,
    database,
    user,
    login,
    rotation,
    secretName,
    passwordSecret: entry.existingSecret || secretName,
    clientCertificate: entry.clientCertificate,
    namespace: entry.namespace,
    ...wanted,
    roles: wanted.roles.map((role) => ({ ...role, ...ofPlatform(accessOfPlatform(values, name, role.name)) })),
    placements: placementsOf(entry),
    schemaFiles: schemaFiles.get(name) ?? [],
    adopt: entry.adopt === '' ? null : readConfirmation(entry.adopt).oid,
  };
}

function ofPlatform(access: 'readonly' | 'migrator' | undefined): Partial<Role> {
  return access === undefined ? {} : { access, ofPlatform: true };
}

/** What values.yaml says of a service, with the names that it has in the end. */
function serviceStructureOf(entry: Entry, service: Omit<Service, 'structure'>, fields: readonly Field[]): object {
  const { database, user, secretName } = service;
  const roles = Object.fromEntries(service.roles.map((role) => [role.name, { ...entry.roles[role.name], ...role }]));
  return structureOf(serviceFieldsOf(fields), { ...entry, database, user, secretName, roles });
}

function deploymentStructureOf({ services: _, ...deployment }: CompleteValues, fields: readonly Field[]): Model['structure'] {
  const ofDeployment = fields.filter(({ path }) => path in deployment);
  return structureOf(ofDeployment, deployment);
}

function declaredServicesOf({ values }: ParsedValues): unknown {
  return isRecord(values) ? (values['services'] ?? {}) : {};
}

/** Where a password comes from, and where it is read, are knobs, and shape nothing in the chart. */
function digestOf(inputs: unknown): string {
  const text = JSON.stringify(inputs, (key, value: unknown) => (/^(passwordSecret|namespace)$/.test(key) ? undefined : value));
  return createHash('sha256').update(text).digest('hex');
}

function droppedOf({ values, names }: Valid): Dropped[] {
  return entriesOf(values)
    .filter(([, { drop }]) => drop !== '')
    .map(([name, { drop }]) => {
      const { database, user, login, rotation, secretName } = lookUp(names, name);
      const { oid, withoutBackup } = readConfirmation(drop);
      return { name, database, user, login, rotation, secretName, oid, withoutBackup };
    });
}

function wantedOf(entry: Entry, roleNames: ServiceNames['roles'], allowed: readonly string[]): Wanted {
  const extensions = extensionsOf(entry).sort(compare);
  const adminExtensions = extensions.filter((name) => allowed.includes(name));
  return {
    connectionLimit: entry.connectionLimit,
    settings: settingsOf(entry, adminExtensions.length > 0),
    extensions: extensions.filter((name) => !allowed.includes(name)),
    adminExtensions,
    roles: rolesOf(entry, roleNames),
    encoding: entry.encoding,
    locale: entry.locale,
  };
}

function rolesOf({ roles }: Entry, roleNames: ServiceNames['roles']): Role[] {
  return Object.entries(roles)
    .sort(([a], [b]) => compare(a, b))
    .map(([name, { existingSecret, access, connectionLimit, clientCertificate }]) => {
      const { user, login, rotation, secretName } = lookUp(roleNames, name);
      const passwordSecret = existingSecret || secretName;
      return { name, user, login, rotation, secretName, passwordSecret, access, connectionLimit, clientCertificate };
    });
}

/** The schema that belongs to the admin in every service's database. */
const ADMIN_SCHEMA = 'shared_postgresql';

function settingsOf(entry: Entry, needsAdminSchema: boolean): Settings {
  const { timeouts, tempFileLimit, workMem, searchPath } = entry;
  const schemas = Object.values(placementsOf(entry))
    .flatMap(({ schema }) => schema ?? [])
    .sort(compare);
  const path = withSchemas(searchPath, [...schemas, ...(needsAdminSchema ? [ADMIN_SCHEMA] : [])]);
  return {
    idle_in_transaction_session_timeout: timeouts.idleInTransaction,
    lock_timeout: timeouts.lock,
    search_path: path.length > 0 ? path : null,
    statement_timeout: timeouts.statement,
    temp_file_limit: tempFileLimit,
    work_mem: workMem || null,
  };
}

/** An own search path replaces PostgreSQL's, so whoever adds a schema to it names PostgreSQL's as well. */
function withSchemas(searchPath: readonly string[], added: readonly string[]): readonly string[] {
  const usual = searchPath.length > 0 ? searchPath : ['$user', 'public'];
  return added.some((schema) => !usual.includes(schema)) ? [...new Set([...usual, ...added])] : searchPath;
}
