import type { ParsedValues } from '../parse.ts';
import { formatPath, type Problem } from '../problem.ts';
import type { CompleteValues } from './contract.ts';
import { problemOf, type Finding } from './finding.ts';
import { listNames, type GivenName, type Names } from './names.ts';

/** NAMEDATALEN - 1: PostgreSQL cuts longer names off without a word. */
const LONGEST_NAME = 63;

const RESERVED_NAMES = new Set(['postgres', 'template0', 'template1', 'public', 'none']);

/** Checks what the contract cannot say: rules between fields and between services. */
export function checkRules(parsed: ParsedValues, values: CompleteValues, settled: Names): Problem[] {
  const names = listNames(settled);
  return [
    ...reservedNames(names),
    ...longNames(names),
    ...sharedNames(names),
    ...usersNamedLikeDatabases(names),
    ...drops(values, settled),
  ].map((finding) => problemOf(parsed, finding));
}

function reservedNames(names: readonly GivenName[]): Finding[] {
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

function longNames(names: readonly GivenName[]): Finding[] {
  return names
    .filter(({ field, text }) => field !== 'secretName' && text.length > LONGEST_NAME)
    .map(({ path, text }) => ({
      path,
      message: `"${text}" has ${text.length} bytes; PostgreSQL allows ${LONGEST_NAME}`,
      hint: `Set ${formatPath(path)} to a shorter name.`,
    }));
}

function sharedNames(names: readonly GivenName[]): Finding[] {
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

function usersNamedLikeDatabases(names: readonly GivenName[]): Finding[] {
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
function drops({ services }: CompleteValues, names: Names): Finding[] {
  return Object.entries(services).flatMap(([service, entry]): Finding[] => {
    const database = names.get(service)?.database ?? '';
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
