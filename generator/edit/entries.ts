import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import type { Service } from '../generate/model.ts';
import { parseValues } from '../generate/parse.ts';
import { isRecord } from '../generate/fields.ts';
import { InputError } from '../generate/problem.ts';
import { withEntry, withLineEndsOf, withName, withoutEntry, type Steps } from './text.ts';

/** values.yaml as it is, and the file that it is. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

type Services = Readonly<Record<string, unknown>>;

/** The text with one service more. Throws InputError when it is there, or when the text cannot be edited. */
export function addService(source: Source, name: string): string {
  const services = servicesOf(source);
  if (Object.hasOwn(services, name)) throw refusal(source, `there is a service ${name} already`, 'Name another.');
  return checked(source, withEntry(source.text, ['services'], name, {}), { ...services, [name]: {} });
}

/** The text without a service. Throws InputError when there is none of this name, or when the text cannot be edited. */
export function removeService(source: Source, name: string): string {
  const { [name]: _, ...rest } = existing(source, name);
  return checked(source, withoutEntry(source.text, ['services'], name), rest);
}

/** A name that followed from the service's name, and would be another under the new one; the steps lead to its entry. */
export interface Kept {
  readonly steps: Steps;
  readonly field: string;
  readonly value: string;
}

/** What a service under another name must say to keep its database, logins and Secrets. */
export function namesToKeep(service: Service, confirmation: string | undefined): Kept[] {
  const own = { database: service.database, user: service.user, secretName: service.secretName };
  const fields = Object.entries({ ...own, ...(confirmation === undefined ? {} : { adopt: confirmation }) });
  return [
    ...fields.map(([field, value]) => ({ steps: [], field, value })),
    ...service.roles.map(({ name, secretName }) => ({ steps: ['roles', name], field: 'secretName', value: secretName })),
  ];
}

/** The text in which a service has another name and keeps these names of its own. Throws InputError like the others. */
export function renameService(
  source: Source,
  from: { readonly name: string; readonly to: string },
  kept: readonly Kept[],
): string {
  const { name, to } = from;
  const services = existing(source, name);
  if (Object.hasOwn(services, to)) throw refusal(source, `there is a service ${to} already`, 'Name another.');
  const missing = kept.filter(({ steps, field }) => !isGiven(services[name], [...steps, field]));
  const text = missing.reduce<string | undefined>(
    (before, { steps, field, value }) => before && withEntry(before, ['services', to, ...steps], field, value),
    withName(source.text, ['services'], name, to),
  );
  const renamed = Object.entries(services).map(([each, entry]): [string, unknown] =>
    each === name ? [to, missing.reduce(withKept, entry)] : [each, entry],
  );
  return checked(source, text, Object.fromEntries(renamed));
}

function withKept(entry: unknown, { steps: [step, ...rest], field, value }: Kept): unknown {
  const fields = isRecord(entry) ? entry : {};
  return step === undefined
    ? { ...fields, [field]: value }
    : { ...fields, [step]: withKept(fields[step], { steps: rest, field, value }) };
}

function isGiven(entry: unknown, [step = '', ...rest]: Steps): boolean {
  const value = isRecord(entry) ? entry[step] : undefined;
  return rest.length === 0 ? value !== undefined && value !== null && value !== '' : isGiven(value, rest);
}

/** The services that the text declares. Throws InputError when it has problems: then nobody knows what it says. */
function servicesOf({ file, text }: Source): Services {
  const { values, problems } = parseValues(file, text);
  if (problems.length > 0) throw new InputError(problems);
  const services = isRecord(values) ? values['services'] : undefined;
  return isRecord(services) ? services : {};
}

function existing(source: Source, name: string): Services {
  const services = servicesOf(source);
  if (Object.hasOwn(services, name)) return services;
  throw refusal(source, `there is no service ${name}`, `The services are: ${Object.keys(services).join(', ') || 'none'}.`);
}

/** The text, if it says what it should; whatever an edit may have met that it does not know. */
function checked(source: Source, text: string | undefined, services: Services): string {
  if (text !== undefined && isDeepStrictEqual(withoutNulls(servicesAfter(source, text)), withoutNulls(services)))
    return withLineEndsOf(source.text, text);
  const wanted = stringify({ services }).trimEnd();
  throw refusal(source, 'it is written in a form that this command does not edit', `Make it say by hand:\n${wanted}`);
}

function servicesAfter({ file }: Source, text: string): unknown {
  const { values, problems } = parseValues(file, text);
  return problems.length === 0 && isRecord(values) ? (values['services'] ?? {}) : undefined;
}

/** `services:` and `a:` with nothing behind them are maps that are empty. */
function withoutNulls(services: unknown): unknown {
  return isRecord(services) ? Object.fromEntries(Object.entries(services).map(([name, entry]) => [name, entry ?? {}])) : services;
}

function refusal({ file }: Source, message: string, hint: string): InputError {
  return new InputError([{ file, message, hint }]);
}
