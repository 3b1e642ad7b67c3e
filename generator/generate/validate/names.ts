import type { RoleValues, ServiceValues } from '../../../schema/values.types.ts';
import type { Path } from '../problem.ts';
import type { Complete, CompleteValues } from './contract.ts';
import { ownLogins } from './platform-logins.ts';
import { givesCertificate } from './tls.ts';

/** What a login is called where: in PostgreSQL and in Kubernetes. */
export interface LoginNames {
  /** Its login role, to which all that it makes belongs. */
  readonly user: string;
  /** The login role that is in use: user, or after every other rotation its second one. */
  readonly login: string;
  /** How many times it was rotated: its password is another after each. */
  readonly rotation: number;
  readonly secretName: string;
}

/** What a service is called where. */
export interface OwnNames extends LoginNames {
  readonly database: string;
}

/** The login role that took turns with user, if any did. */
interface WithSecond {
  readonly second: string | undefined;
}

/** The names of a service, and of each of its roles. */
export interface ServiceNames extends OwnNames, WithSecond {
  readonly roles: ReadonlyMap<string, LoginNames & WithSecond>;
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
  return { ...names, ...secondAfter(values.rotation, names), roles: new Map(roles) };
}

/** The names that a service has unless values.yaml says otherwise: user-service, userdb, userdb_user. */
export function namesOf(service: string, values: Complete<ServiceValues>): OwnNames {
  const database = values.database || `${service.replace(/-service$/, '').replaceAll('-', '_')}db`;
  const user = values.user || `${database}_user`;
  return {
    database,
    user,
    login: loginInUse(user, values.rotation),
    rotation: values.rotation,
    secretName: values.secretName || `${service}-db-secret`,
  };
}

/** The names of a login beside the owner's, unless values.yaml says otherwise: userdb_reporting. */
function roleNamesOf(service: string, database: string, role: string, values: Complete<RoleValues>): LoginNames & WithSecond {
  const user = values.user || `${database}_${role.replaceAll('-', '_')}`;
  return {
    user,
    login: loginInUse(user, values.rotation),
    rotation: values.rotation,
    secretName: values.secretName || `${service}-${role}-db-secret`,
    ...secondAfter(values.rotation, { user }),
  };
}

function loginInUse(user: string, rotation: number): string {
  return rotation % 2 === 0 ? user : secondOf(user);
}

function secondAfter(rotation: number, { user }: Pick<LoginNames, 'user'>): WithSecond {
  return { second: rotation > 0 ? secondOf(user) : undefined };
}

/** The login role that takes turns with another: chart/provisioning/plan/server/sources-declared.sql and chart/templates/connections/_rotation.tpl have it as well. */
export function secondOf(user: string): string {
  return `${user.slice(0, 61)}_2`;
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

type Declared = Pick<CompleteValues, 'platformLogins'>;

/** All names in PostgreSQL in one list, for rules that look at every one of them. One of the platform's login has no field, and comes first: it yields to none. */
export function listNames({ names, values }: { readonly names: Names; readonly values: Declared }): GivenName[] {
  const ofPlatform = ownLogins(values).map(({ name, user }): GivenName => {
    return { path: ['platformLogins', name], field: 'user', text: user, owner: `the platform's login ${name}` };
  });
  const ofServices = [...names].flatMap(([service, { roles, ...own }]) => [
    ...givenNames(['services', service], service, own),
    ...[...roles].flatMap(([role, login]) =>
      givenNames(['services', service, 'roles', role], `role ${role} of ${service}`, login),
    ),
  ]);
  return [...ofPlatform, ...ofServices];
}

const FIELDS: readonly GivenName['field'][] = ['database', 'user'];

/** A second login has its name from the first. */
function givenNames(path: Path, owner: string, names: Partial<OwnNames> & WithSecond): GivenName[] {
  const texts = [...FIELDS.map((field) => [field, names[field]] as const), ['user', names.second] as const];
  return texts.flatMap(([field, text]) => (text === undefined ? [] : [{ path: [...path, field], field, text, owner }]));
}

/** How strong a claim to a Secret's name is, the strongest first: one that nobody wrote could not be meant for another. */
const CLAIMS = ['admin', 'certificate', 'derived', 'secretName', 'existingSecret', 'clientCertificate'] as const;

/** One Secret that a password or a certificate comes from, whether its name was written or follows from another. */
export interface GivenSecret {
  /** Where its name stands or would stand. */
  readonly path: Path;
  readonly claim: (typeof CLAIMS)[number];
  readonly text: string;
  /** Whose password it has, for people. */
  readonly owner: string;
}

/** All Secrets in one list, by their claims. What a login would have if it had no other counts as its own. */
export function listSecrets(values: CompleteValues, names: Names): GivenSecret[] {
  const { auth, backup, services, tls } = values;
  const { secretName, clientAuthority } = givesCertificate(values) ? tls : { secretName: '', clientAuthority: '' };
  const secrets = [
    ...givenSecret(['tls', 'secretName'], 'certificate', secretName, "the server's certificate"),
    ...givenSecret(['tls', 'clientAuthority'], 'certificate', clientAuthority, 'the authority of the logins'),
    ...givenSecret(['auth', 'admin', 'existingSecret'], 'admin', auth.admin.existingSecret, 'the admin'),
    ...givenSecret(
      ['backup', 'pointInTime', 'existingSecret'],
      'admin',
      backup.pointInTime.enabled ? backup.pointInTime.existingSecret : '',
      'the archive',
    ),
    ...ownLogins(values).flatMap(({ name, entry }) =>
      givenSecret(
        ['platformLogins', name, 'existingSecret'],
        'existingSecret',
        entry.existingSecret,
        `the platform's login ${name}`,
      ),
    ),
    ...Object.entries(services)
      .flatMap(([service, entry]) => secretsOf(service, entry, lookUp(names, service)))
      .map((secret) => (tls.issueClientCertificates ? asIssued(secret) : secret)),
  ];
  return CLAIMS.flatMap((claim) => secrets.filter((secret) => secret.claim === claim));
}

/** What the chart issues is in no other Secret of the login either. */
function asIssued(secret: GivenSecret): GivenSecret {
  return secret.claim === 'clientCertificate' ? { ...secret, owner: `the certificate of ${secret.owner}` } : secret;
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

type OwnSecrets = Pick<Complete<RoleValues>, 'secretName' | 'existingSecret' | 'clientCertificate'>;

function loginSecrets(path: Path, owner: string, { secretName }: LoginNames, own: OwnSecrets): GivenSecret[] {
  return [
    ...givenSecret([...path, 'secretName'], own.secretName === '' ? 'derived' : 'secretName', secretName, owner),
    ...givenSecret([...path, 'existingSecret'], 'existingSecret', own.existingSecret, owner),
    ...givenSecret([...path, 'clientCertificate'], 'clientCertificate', own.clientCertificate, owner),
  ];
}

function givenSecret(path: Path, claim: GivenSecret['claim'], text: string, owner: string): GivenSecret[] {
  return text === '' ? [] : [{ path, claim, text, owner }];
}
