import { namesOf, type Names } from '../names.ts';
import type { ParsedValues } from '../parse.ts';
import type { Problem } from '../problem.ts';
import { formatPath, type CompleteValues } from './contract.ts';

/** superuser_reserved_connections: what the admin, provisioning and a monitoring login find free however full the server is. */
export const RESERVED_CONNECTIONS = 10;

/** NAMEDATALEN - 1: PostgreSQL cuts longer names off without a word. */
const LONGEST_NAME = 63;

const RESERVED_NAMES = new Set(['postgres', 'template0', 'template1', 'public', 'none']);

interface Subject extends Names {
  readonly service: string;
}

type Field = keyof Names;

/** Checks what the contract cannot say: rules between fields and between services. */
export function checkRules(parsed: ParsedValues, values: CompleteValues): Problem[] {
  const subjects = Object.entries(values.services).map(([service, entry]) => ({ service, ...namesOf(service, entry) }));
  const report = (service: string, field: Field, message: string, hint: string): Problem =>
    problemAt(parsed, ['services', service, field], message, hint);
  return [
    ...reservedNames(subjects, report),
    ...longNames(subjects, report),
    ...sharedNames(subjects, report),
    ...usersNamedLikeDatabases(subjects, report),
    ...connectionBudget(parsed, values),
  ];
}

type Report = (service: string, field: Field, message: string, hint: string) => Problem;

function problemAt(parsed: ParsedValues, path: readonly string[], message: string, hint: string): Problem {
  return { file: parsed.file, position: parsed.locate(path), path: formatPath(path), message, hint };
}

function reservedNames(subjects: readonly Subject[], report: Report): Problem[] {
  return eachName(subjects, ['database', 'user'], (subject, field) =>
    RESERVED_NAMES.has(subject[field].toLowerCase()) || subject[field].toLowerCase().startsWith('pg_')
      ? report(
          subject.service,
          field,
          `"${subject[field]}" is a name that PostgreSQL keeps for itself`,
          `Choose another; reserved are ${[...RESERVED_NAMES].join(', ')} and whatever begins with pg_.`,
        )
      : undefined,
  );
}

function longNames(subjects: readonly Subject[], report: Report): Problem[] {
  return eachName(subjects, ['database', 'user'], (subject, field) =>
    subject[field].length > LONGEST_NAME
      ? report(
          subject.service,
          field,
          `"${subject[field]}" has ${subject[field].length} bytes; PostgreSQL allows ${LONGEST_NAME}`,
          `Set services.${subject.service}.${field} to a shorter name.`,
        )
      : undefined,
  );
}

function sharedNames(subjects: readonly Subject[], report: Report): Problem[] {
  const owners = new Map<string, string>();
  return eachName(subjects, ['database', 'user', 'secretName'], (subject, field) => {
    const key = `${field}/${subject[field]}`;
    const owner = owners.get(key);
    if (owner === undefined) {
      owners.set(key, subject.service);
      return undefined;
    }
    const what = { database: 'database', user: 'login role', secretName: 'Secret' }[field];
    return report(
      subject.service,
      field,
      `the ${what} "${subject[field]}" belongs to ${owner} already`,
      `Every service has a ${what} of its own; set services.${subject.service}.${field} to another name.`,
    );
  });
}

function usersNamedLikeDatabases(subjects: readonly Subject[], report: Report): Problem[] {
  const databases = new Map(subjects.map(({ database, service }) => [database, service]));
  return eachName(subjects, ['user'], (subject) => {
    const owner = databases.get(subject.user);
    if (owner === undefined) return undefined;
    return report(
      subject.service,
      'user',
      `the login role "${subject.user}" has the name of the database of ${owner}`,
      "A role with a database's name is the key that opens it (pg_hba.conf, samerole); choose another login role.",
    );
  });
}

function eachName(
  subjects: readonly Subject[],
  fields: readonly Field[],
  check: (subject: Subject, field: Field) => Problem | undefined,
): Problem[] {
  return subjects.flatMap((subject) => fields.flatMap((field) => check(subject, field) ?? []));
}

function connectionBudget(parsed: ParsedValues, values: CompleteValues): Problem[] {
  const limits = Object.values(values.services).flatMap(({ enabled, connectionLimit }) => (enabled ? [connectionLimit] : []));
  const sum = limits.reduce((total, limit) => total + limit, 0);
  const allowed = values.postgresql.maxConnections;
  const needed = sum + RESERVED_CONNECTIONS;
  if (needed <= allowed) return [];
  return [
    problemAt(
      parsed,
      ['postgresql', 'maxConnections'],
      `the connections do not add up: ${sum} for ${limits.length} services + ${RESERVED_CONNECTIONS} for the admin = ${needed}, ` +
        `but the server accepts ${allowed}`,
      `Raise postgresql.maxConnections to at least ${needed}, or lower services.<name>.connectionLimit.`,
    ),
  ];
}
