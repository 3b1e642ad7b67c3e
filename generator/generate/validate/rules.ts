import { namesOf, roleNamesOf } from './names.ts';
import type { ParsedValues } from '../parse.ts';
import { formatPath, type Problem } from '../problem.ts';
import type { CompleteValues } from './contract.ts';
import { problemOf, type Finding } from './finding.ts';

/** NAMEDATALEN - 1: PostgreSQL cuts longer names off without a word. */
const LONGEST_NAME = 63;

const RESERVED_NAMES = new Set(['postgres', 'template0', 'template1', 'public', 'none']);

type Field = 'database' | 'user' | 'secretName';

/** One name that an entry of values.yaml gives to something, whether it was written or follows from another. */
interface Name {
  /** Where it stands or would stand. */
  readonly path: readonly string[];
  readonly field: Field;
  readonly text: string;
  /** Whose name it is, for people: `user-service`, `role reporting of user-service`. */
  readonly owner: string;
}

/** Checks what the contract cannot say: rules between fields and between services. */
export function checkRules(parsed: ParsedValues, values: CompleteValues): Problem[] {
  const names = Object.keys(values.services).flatMap((service) => namesIn(values, service));
  return [
    ...reservedNames(names),
    ...longNames(names),
    ...sharedNames(names),
    ...usersNamedLikeDatabases(names),
    ...drops(values),
  ].map((finding) => problemOf(parsed, finding));
}

function namesIn({ services }: CompleteValues, service: string): Name[] {
  const entry = services[service];
  if (!entry) return [];
  const names = namesOf(service, entry);
  const roles = Object.entries(entry.roles).flatMap(([role, values]) =>
    each(['services', service, 'roles', role], `role ${role} of ${service}`, roleNamesOf(service, names.database, role, values)),
  );
  return [...each(['services', service], service, names), ...roles];
}

function each(path: readonly string[], owner: string, names: Partial<Record<Field, string>>): Name[] {
  const fields: readonly Field[] = ['database', 'user', 'secretName'];
  return fields.flatMap((field) => {
    const text = names[field];
    return text === undefined ? [] : [{ path: [...path, field], field, text, owner }];
  });
}

function reservedNames(names: readonly Name[]): Finding[] {
  return names
    .filter(({ field, text }) => field !== 'secretName' && isReserved(text.toLowerCase()))
    .map(({ path, text }) => ({
      path,
      message: `"${text}" is a name that PostgreSQL keeps for itself`,
      hint: `Choose another; reserved are ${[...RESERVED_NAMES].join(', ')} and whatever begins with pg_.`,
    }));
}

function isReserved(name: string): boolean {
  return RESERVED_NAMES.has(name) || name.startsWith('pg_');
}

function longNames(names: readonly Name[]): Finding[] {
  return names
    .filter(({ field, text }) => field !== 'secretName' && text.length > LONGEST_NAME)
    .map(({ path, text }) => ({
      path,
      message: `"${text}" has ${text.length} bytes; PostgreSQL allows ${LONGEST_NAME}`,
      hint: `Set ${formatPath(path)} to a shorter name.`,
    }));
}

function sharedNames(names: readonly Name[]): Finding[] {
  const owners = new Map<string, string>();
  return names.flatMap(({ path, field, text, owner }) => {
    const key = `${field}/${text}`;
    const first = owners.get(key);
    if (first === undefined) {
      owners.set(key, owner);
      return [];
    }
    const what = { database: 'database', user: 'login role', secretName: 'Secret' }[field];
    const message = `the ${what} "${text}" belongs to ${first} already`;
    return [{ path, message, hint: `Every service has a ${what} of its own; set ${formatPath(path)} to another name.` }];
  });
}

function usersNamedLikeDatabases(names: readonly Name[]): Finding[] {
  const databases = new Map(names.flatMap(({ field, text, owner }) => (field === 'database' ? [[text, owner]] : [])));
  return names.flatMap(({ path, field, text }) => {
    const owner = field === 'user' ? databases.get(text) : undefined;
    if (owner === undefined) return [];
    const message = `the login role "${text}" has the name of the database of ${owner}`;
    const hint = "A role with a database's name is the key that opens it (pg_hba.conf, samerole); choose another login role.";
    return [{ path, message, hint }];
  });
}

/** A database is dropped only when its service was disabled and the confirmation names it. */
function drops({ services }: CompleteValues): Finding[] {
  return Object.entries(services).flatMap(([service, entry]): Finding[] => {
    const { database } = namesOf(service, entry);
    const path = ['services', service, 'drop'];
    if (entry.drop === '') return [];
    if (entry.enabled) {
      const hint = `Set services.${service}.enabled to false and upgrade: its logins are locked, and nothing is written any more.`;
      return [{ path, message: `${service} is enabled; only a service that is disabled can be dropped`, hint }];
    }
    if (entry.drop.startsWith(`confirm-${database}-`) && /^\d+$/.test(entry.drop.slice(`confirm-${database}-`.length))) return [];
    return [
      {
        path,
        message: `"${entry.drop}" does not confirm the database of ${service}, which is "${database}"`,
        hint: 'Write what provisioning prints for the retained database.',
      },
    ];
  });
}
