import type { Judge, Refusal } from './refusal.ts';
import type { Service } from './service.ts';
import { nodeAt, nodesOf, optionsOf, textAt, type Node } from '../tree.ts';

/** Of what a statement makes or changes the owner: only what is made stays the service's own. */
export function givesAway(fieldOf: (statement: Node) => Node): Judge {
  return (statement, service) => {
    const owner = textAt(fieldOf(statement), 'rolename');
    if (owner === '' || service.logins.includes(owner) || owner === service.database) return undefined;
    const hint = `Leave the owner out: it is ${service.logins[0] ?? ''}, which makes it (pg_dump --no-owner writes none).`;
    return { message: `a service gives nothing to another role, and "${owner}" is one`, hint };
  };
}

/** Whoever is named must be a role, and known to values.yaml. */
export function namesRoles(rolesOf: (statement: Node) => unknown): Judge {
  return (statement, service) => {
    const unknown = namesIn(rolesOf(statement)).find((name) => !isKnown(name, service));
    return unknown === undefined ? undefined : noRole(unknown);
  };
}

function namesIn(roles: unknown): string[] {
  return nodesOf(roles)
    .map((role) => textAt(role, 'rolename'))
    .filter((name) => name !== '');
}

function noRole(name: string): Refusal {
  const hint =
    'Declare it as a role of the service in values.yaml, or leave the statement out (pg_dump --no-owner --no-privileges writes none).';
  return { message: `values.yaml gives nobody the role "${name}"`, hint };
}

/** What begins as the service's own names do may be a role that it had: its schema files stay when that goes. */
function isKnown(name: string, { roles, database }: Service): boolean {
  return roles.has(name) || name.startsWith('pg_') || name.startsWith(`${database}_`) || name === 'postgres';
}

/** ALTER DEFAULT PRIVILEGES: for whom, and to whom. */
export const judgeDefaults: Judge = (statement, service) => {
  const whose = namesIn(optionsOf(statement['options']).get('roles')?.['items']);
  const other = whose.find((name) => !service.logins.includes(name) && name !== service.database);
  if (other === undefined) return namesRoles(({ grantees }) => grantees)(nodeAt(statement, 'action'), service);
  const hint = 'Leave FOR ROLE out: these are the privileges on what the service itself will make.';
  return { message: `a service sets default privileges for itself alone, and "${other}" is another role`, hint };
};

/** A service changes no role but its own, of which it may set what every role may. */
export function ofOthers(refusal: Refusal): Judge {
  return (statement, { logins }) => {
    const name = textAt(nodeAt(statement, 'role'), 'rolename');
    const isOwn = 'role' in statement && (name === '' || logins.includes(name));
    return isOwn ? undefined : refusal;
  };
}

/** Whether a statement names others than the service itself. */
export function namesOthers(roles: unknown, { logins }: Service): boolean {
  return namesIn(roles).some((name) => !logins.includes(name));
}

/** Only its own password. */
export function changesMoreThanPassword({ options }: Node): boolean {
  return [...optionsOf(options).keys()].some((name) => name !== 'password');
}

/** Another identity than the one that the schema file runs as. */
export function becomesAnother({ args }: Node, { logins, database }: Service): boolean {
  const names = nodesOf(args).map((constant) => textAt(nodeAt(constant, 'sval'), 'sval'));
  return names.some((name) => name !== 'none' && name !== database && !logins.includes(name));
}
