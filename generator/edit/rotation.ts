import { isDeepStrictEqual } from 'node:util';
import { isRecord, valueAt } from '../generate/fields.ts';
import { listShort } from '../generate/lists.ts';
import { parseValues } from '../generate/parse.ts';
import { InputError } from '../generate/problem.ts';
import type { Source } from './entries.ts';
import { withLineEndsOf, withValue, type Steps } from './text.ts';

/** The counters of the deployment's own logins. */
const OWN_COUNTERS = { admin: ['auth', 'admin'], archive: ['backup', 'pointInTime'] } as const;

/** Whose passwords are to be others. */
export interface Rotated {
  /** By their credentials, <service> or <service>.<role>; +<name> of the platform's. */
  readonly logins: readonly string[];
  /** Every login of every service that is on. */
  readonly all?: boolean;
  readonly admin?: boolean;
  readonly archive?: boolean;
}

/** The text with one more in each counter. Throws InputError for a login that it does not declare, for none, and when it cannot be edited. */
export function rotate(source: Source, rotated: Rotated): string {
  const values = valuesOf(source);
  const counters = countersOf(source, values, rotated);
  const text = counters.reduce<string | undefined>(
    (before, steps) => before && withValue(before, steps, 'rotation', numberAt(values, steps) + 1),
    source.text,
  );
  const raised = counters.reduce((before, steps) => withRaised(before, steps), values);
  if (text !== undefined && isDeepStrictEqual(valuesOf({ ...source, text }), raised)) return withLineEndsOf(source.text, text);
  const where = listShort(counters.map((steps) => [...steps, 'rotation'].join('.')));
  throw refusal(source, 'it is written in a form that this command does not edit', `Put one more by hand into ${where}.`);
}

function countersOf(source: Source, values: unknown, { logins, all, admin, archive }: Rotated): Steps[] {
  const known = loginsIn(values);
  const unknown = logins.filter((login) => !known.has(login));
  if (unknown.length > 0)
    throw refusal(
      source,
      `there is no login ${listShort(unknown)}`,
      `The logins are: ${listShort([...known.keys()]) || 'none'}.`,
    );
  const isAsked = (login: string): boolean => logins.includes(login) || (all === true && !login.startsWith('+'));
  const asked = [...known].flatMap(([login, steps]) => (isAsked(login) ? [steps] : []));
  for (const login of logins.filter((each) => each.startsWith('+')))
    refuseOthers(source, values, ['platformLogins', login.slice(1)], 'Write another password into it.');
  const own = ownCounters(source, values, { admin, archive });
  if (asked.length + own.length > 0) return [...asked, ...own];
  throw refusal(
    source,
    'nobody is named whose password is to be another',
    'Name logins, <service> or <service>.<role>, or +<name> of the platform, or --all, --admin, --archive.',
  );
}

/** The counters of the deployment's own logins that are asked for. Throws InputError where there is no such login, or a Secret that no counter changes. */
function ownCounters(source: Source, values: unknown, { admin = false, archive = false }: Omit<Rotated, 'logins'>): Steps[] {
  if (archive && valueAt(values, [...OWN_COUNTERS.archive, 'enabled']) !== true)
    throw refusal(source, 'there is no archive: backup.pointInTime.enabled is not true', 'Leave --archive out.');
  const hint = 'Write another password into it';
  if (admin) refuseOthers(source, values, OWN_COUNTERS.admin, `${hint}, and the one before as former-password.`);
  if (archive) refuseOthers(source, values, OWN_COUNTERS.archive, `${hint}.`);
  return [...(admin ? [OWN_COUNTERS.admin] : []), ...(archive ? [OWN_COUNTERS.archive] : [])];
}

function refuseOthers(source: Source, values: unknown, steps: Steps, hint: string): void {
  const path = [...steps, 'existingSecret'];
  const secret = valueAt(values, path);
  if (typeof secret === 'string' && secret !== '')
    throw refusal(source, `${path.join('.')} is ${secret}, a Secret of yours, which no counter changes`, hint);
}

/** Where the logins of services that are on stand, and those of the platform, by their credentials. */
function loginsIn(values: unknown): ReadonlyMap<string, Steps> {
  const services = mapAt(values, ['services']).filter(([, entry]) => valueAt(entry, ['enabled']) !== false);
  const ofPlatform = mapAt(values, ['platformLogins']).map(([name]): [string, Steps] => [`+${name}`, ['platformLogins', name]]);
  const ofServices = services.flatMap(([service, entry]): [string, Steps][] => [
    [service, ['services', service]],
    ...mapAt(entry, ['roles']).map(([role]): [string, Steps] => [`${service}.${role}`, ['services', service, 'roles', role]]),
  ]);
  return new Map([...ofServices, ...ofPlatform]);
}

function mapAt(values: unknown, steps: Steps): [string, unknown][] {
  const map = valueAt(values, steps);
  return isRecord(map) ? Object.entries(map) : [];
}

function numberAt(values: unknown, steps: Steps): number {
  const number = valueAt(values, [...steps, 'rotation']);
  return typeof number === 'number' ? number : 0;
}

function withRaised(values: unknown, [step, ...rest]: Steps): unknown {
  const map = isRecord(values) ? values : {};
  return step === undefined ? { ...map, rotation: numberAt(map, []) + 1 } : { ...map, [step]: withRaised(map[step], rest) };
}

/** Throws InputError when the text has problems: then nobody knows what it says. */
function valuesOf({ file, text }: Source): unknown {
  const { values, problems } = parseValues(file, text);
  if (problems.length > 0) throw new InputError(problems);
  return values;
}

function refusal({ file }: Source, message: string, hint: string): InputError {
  return new InputError([{ file, message, hint }]);
}
