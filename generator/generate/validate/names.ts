import type { RoleValues, ServiceValues } from '../../../schema/values.types.ts';
import type { Path } from '../problem.ts';
import type { Complete, CompleteValues } from './contract.ts';
import { speaksTls } from './tls.ts';

/** What a login is called where: in PostgreSQL and in Kubernetes. */
export interface LoginNames {
  /** Its login role. */
  readonly user: string;
  readonly secretName: string;
}

/** What a service is called where. */
export interface OwnNames extends LoginNames {
  readonly database: string;
}

/** The names of a service, and of each of its roles. */
export interface ServiceNames extends OwnNames {
  readonly roles: ReadonlyMap<string, LoginNames>;
}

/** The names of every service that values.yaml declares, enabled or not. */
export type Names = ReadonlyMap<string, ServiceNames>;

/** The login role that receives the write-ahead log, and the replication slot that it receives it by. */
export const ARCHIVE_USER = 'shared_postgresql_archive';

/** Settles all names: here, and in no later step. */
export function settleNames({ services }: Pick<CompleteValues, 'services'>): Names {
  return new Map(Object.entries(services).map(([service, values]) => [service, namesWithRoles(service, values)]));
}

/** What was settled under a name. Throws for one that was not: that is a bug. */
export function lookUp<Settled>(settled: ReadonlyMap<string, Settled>, name: string): Settled {
  const found = settled.get(name);
  if (found === undefined) throw new Error(`no names were settled for ${name}`);
  return found;
}

function namesWithRoles(service: string, values: Complete<ServiceValues>): ServiceNames {
  const names = namesOf(service, values);
  const roles = Object.entries(values.roles).map(
    ([role, own]) => [role, roleNamesOf(service, names.database, role, own)] as const,
  );
  return { ...names, roles: new Map(roles) };
}

/** The names that a service has unless values.yaml says otherwise: user-service, userdb, userdb_user. */
export function namesOf(service: string, values: Complete<ServiceValues>): OwnNames {
  const database = values.database || `${service.replace(/-service$/, '').replaceAll('-', '_')}db`;
  return {
    database,
    user: values.user || `${database}_user`,
    secretName: values.secretName || `${service}-db-secret`,
  };
}

/** The names of a login beside the owner's, unless values.yaml says otherwise: userdb_reporting. */
function roleNamesOf(service: string, database: string, role: string, values: Complete<RoleValues>): LoginNames {
  return {
    user: values.user || `${database}_${role.replaceAll('-', '_')}`,
    secretName: values.secretName || `${service}-${role}-db-secret`,
  };
}

/** One name in PostgreSQL that an entry of values.yaml gives to something, whether it was written or follows from another. */
export interface GivenName {
  /** Where it stands or would stand. */
  readonly path: Path;
  readonly field: 'database' | 'user';
  readonly text: string;
  /** Whose name it is, for people: `user-service`, `role reporting of user-service`. */
  readonly owner: string;
}

/** All names in PostgreSQL in one list, for rules that look at every one of them. */
export function listNames(names: Names): GivenName[] {
  return [...names].flatMap(([service, { roles, ...own }]) => [
    ...givenNames(['services', service], service, own),
    ...[...roles].flatMap(([role, login]) =>
      givenNames(['services', service, 'roles', role], `role ${role} of ${service}`, login),
    ),
  ]);
}

const FIELDS: readonly GivenName['field'][] = ['database', 'user'];

function givenNames(path: Path, owner: string, names: Partial<OwnNames>): GivenName[] {
  return FIELDS.flatMap((field) => {
    const text = names[field];
    return text === undefined ? [] : [{ path: [...path, field], field, text, owner }];
  });
}

/** How strong a claim to a Secret's name is, the strongest first: one that nobody wrote could not be meant for another. */
const CLAIMS = ['admin', 'certificate', 'derived', 'secretName', 'existingSecret'] as const;

/** One Secret that a password or the certificate comes from, whether its name was written or follows from another. */
export interface GivenSecret {
  /** Where its name stands or would stand. */
  readonly path: Path;
  readonly claim: (typeof CLAIMS)[number];
  readonly text: string;
  /** Whose password it has, for people. */
  readonly owner: string;
}

/** All Secrets in one list, by their claims. What a login would have if it had no other counts as its own. */
export function listSecrets({ auth, backup, services, tls }: CompleteValues, names: Names): GivenSecret[] {
  const certificate = speaksTls({ tls }) ? tls.secretName : '';
  const secrets = [
    ...givenSecret(['tls', 'secretName'], 'certificate', certificate, "the server's certificate"),
    ...givenSecret(['auth', 'admin', 'existingSecret'], 'admin', auth.admin.existingSecret, 'the admin'),
    ...givenSecret(
      ['backup', 'pointInTime', 'existingSecret'],
      'admin',
      backup.pointInTime.enabled ? backup.pointInTime.existingSecret : '',
      'the archive',
    ),
    ...Object.entries(services).flatMap(([service, entry]) => secretsOf(service, entry, lookUp(names, service))),
  ];
  return CLAIMS.flatMap((claim) => secrets.filter((secret) => secret.claim === claim));
}

function secretsOf(service: string, entry: Complete<ServiceValues>, names: ServiceNames): GivenSecret[] {
  const path = ['services', service];
  return [
    ...loginSecrets(path, service, names, entry),
    ...Object.entries(entry.roles).flatMap(([role, own]) =>
      loginSecrets([...path, 'roles', role], `role ${role} of ${service}`, lookUp(names.roles, role), own),
    ),
  ];
}

type OwnSecrets = Pick<Complete<RoleValues>, 'secretName' | 'existingSecret'>;

function loginSecrets(path: Path, owner: string, { secretName }: LoginNames, own: OwnSecrets): GivenSecret[] {
  return [
    ...givenSecret([...path, 'secretName'], own.secretName === '' ? 'derived' : 'secretName', secretName, owner),
    ...givenSecret([...path, 'existingSecret'], 'existingSecret', own.existingSecret, owner),
  ];
}

function givenSecret(path: Path, claim: GivenSecret['claim'], text: string, owner: string): GivenSecret[] {
  return text === '' ? [] : [{ path, claim, text, owner }];
}
