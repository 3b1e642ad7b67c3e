import type { RoleValues, ServiceValues } from '../../../schema/values.types.ts';
import type { Path } from '../problem.ts';
import type { Complete, CompleteValues } from './contract.ts';

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

/** One name that an entry of values.yaml gives to something, whether it was written or follows from another. */
export interface GivenName {
  /** Where it stands or would stand. */
  readonly path: Path;
  readonly field: keyof OwnNames;
  readonly text: string;
  /** Whose name it is, for people: `user-service`, `role reporting of user-service`. */
  readonly owner: string;
}

/** All names in one list, for rules that look at every one of them. */
export function listNames(names: Names): GivenName[] {
  return [...names].flatMap(([service, { roles, ...own }]) => [
    ...givenNames(['services', service], service, own),
    ...[...roles].flatMap(([role, login]) =>
      givenNames(['services', service, 'roles', role], `role ${role} of ${service}`, login),
    ),
  ]);
}

const FIELDS: readonly (keyof OwnNames)[] = ['database', 'user', 'secretName'];

function givenNames(path: Path, owner: string, names: Partial<OwnNames>): GivenName[] {
  return FIELDS.flatMap((field) => {
    const text = names[field];
    return text === undefined ? [] : [{ path: [...path, field], field, text, owner }];
  });
}
