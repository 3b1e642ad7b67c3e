import { MARK } from './mark.ts';
import type { Service } from './service.ts';
import type { Node } from '../tree.ts';

/** Why a statement cannot stand in a schema file. */
export interface Refusal {
  readonly message: string;
  readonly hint: string;
  /** It can stand in a file that runs outside a transaction. */
  readonly runsOutside?: true;
}

/** Looks at a statement of one type, without its type; undefined when it can stand in a schema file of the service. */
export type Judge = (statement: Node, service: Service) => Refusal | undefined;

/** Refuses a statement whatever it says. */
export function always(refusal: Refusal): Judge {
  return () => refusal;
}

/** Refuses a statement that says something. */
export function when(says: (statement: Node, service: Service) => boolean, refusal: Refusal): Judge {
  return (statement, service) => (says(statement, service) ? refusal : undefined);
}

/** What the first judge says that says anything. */
export function firstOf(...judges: readonly Judge[]): Judge {
  return (statement, service) => judges.map((judge) => judge(statement, service)).find((refusal) => refusal !== undefined);
}

/** PreventInTransactionBlock in PostgreSQL's source. */
export function outside(what: string, hint = 'Leave the statement out of the schema files.'): Refusal {
  return { message: `${what} cannot run inside a transaction, and a schema file is one`, hint };
}

/** The same of what a service can do outside a transaction. */
export function unlessOutside(what: string): Refusal {
  const hint = `Put it into a schema file of its own, which then runs outside, or begin this one with the line "${MARK}".`;
  return { ...outside(what, hint), runsOutside: true };
}

export function ofSuperusers(what: string, hint = 'Leave it out.'): Refusal {
  return { message: `${what} is for superusers, and no service is one`, hint };
}

export function ofRoles(what: string): Refusal {
  const hint =
    'Leave it out: values.yaml declares the roles of a service, and provisioning makes them (pg_dump --no-owner --no-privileges writes none).';
  return { message: `${what} is not for a service: it makes, changes and gives no roles`, hint };
}

export function ofDatabase(what: string): Refusal {
  const hint =
    'Leave it out: what a service sets for itself is set by ALTER ROLE … SET, and values.yaml has fields for the rest.';
  return { message: `${what} is for the owner of the database, which is the admin`, hint };
}

export function ofTablespaces(what: string): Refusal {
  return { message: `${what} is not for a service: the server has one place for all data`, hint: 'Leave the tablespace out.' };
}
