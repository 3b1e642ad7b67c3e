import type { ErrorObject } from 'ajv';
import { isRecord } from '../fields.ts';

/** A part of the contract. */
type Part = Readonly<Record<string, unknown>>;

/** What is allowed where a value has another type than the contract says, and what to write in its place, as far as that is known. */
export interface Retyped {
  readonly allowed: string;
  readonly hint: string | undefined;
}

/** Explains an error of the keyword `type`. Which texts are allowed is said where quotes are not all that is missing. */
export function explainType({ schema, parentSchema, data }: Pick<ErrorObject, 'schema' | 'parentSchema' | 'data'>): Retyped {
  const wanted = isRecord(parentSchema) ? parentSchema : {};
  const hint = hintOn(schema, wanted, data);
  const forms = schema === 'string' && hint === undefined ? formsOf(wanted) : undefined;
  return { allowed: `must be ${listTypes(schema)}${forms === undefined ? '' : `: ${forms}`}`, hint };
}

function hintOn(type: unknown, wanted: Part, data: unknown): string | undefined {
  if (type === 'string') return isOfYaml(data) && isTextOf(wanted, String(data)) ? QUOTES : undefined;
  if (type === 'boolean')
    return plain(/^(yes|on|true)$/i.test(String(data)) ? 'true' : 'false', /^(yes|on|true|no|off|false)$/i, data);
  if (type === 'integer' || type === 'number') return plain(String(data), /^\d{1,15}$/, data);
  if (type === 'array') return isOfTexts(wanted) && typeof data === 'string' ? asList(data) : undefined;
  return type === 'object' ? asMap(wanted, data) : undefined;
}

const QUOTES =
  'Put it between quotes: without them YAML reads yes, no, on, off, y and n as true or false, and digits as a number.';

function isOfYaml(data: unknown): boolean {
  return typeof data === 'boolean' || typeof data === 'number';
}

/** Whether it would do between quotes; where that is not all that is wrong with it, quotes are no way out. */
function isTextOf({ enum: allowed, pattern }: Part, text: string): boolean {
  if (Array.isArray(allowed)) return allowed.includes(text);
  return typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text);
}

function formsOf({ 'x-allowed': said, enum: allowed }: Part): string | undefined {
  if (Array.isArray(allowed)) return `one of ${allowed.map((value) => String(value) || 'empty').join(', ')}`;
  return typeof said === 'string' ? said : undefined;
}

function plain(meant: string, form: RegExp, data: unknown): string | undefined {
  return typeof data === 'string' && form.test(data) ? `Write ${meant}, without quotes.` : undefined;
}

function isOfTexts({ items }: Part): boolean {
  return isRecord(items) && items['type'] === 'string';
}

/** `pg_trgm, citext` */
function asList(text: string): string | undefined {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  return words.length > 0 && words.every((word) => /^[A-Za-z][\w.-]*$/.test(word))
    ? `Write a list: [${words.join(', ')}].`
    : undefined;
}

/** Null for an entry that was begun, a list of names, or a value in the place of the field that has it. */
function asMap({ properties, additionalProperties: entry }: Part, data: unknown): string | undefined {
  if (data === null) return 'Write {} for an entry with nothing in it.';
  if (isRecord(entry)) return Array.isArray(data) ? asEntries(entry, data[0]) : undefined;
  const fields = Object.keys(isRecord(properties) ? properties : {}).sort();
  return fields.length === 0 ? undefined : `Its fields stand below it, or between braces: ${fields.join(', ')}.`;
}

/** `- reporting`, or `- name: reporting`. */
function asEntries(entry: Part, first: unknown): string {
  const named = isRecord(first) ? first['name'] : first;
  const name = typeof named === 'string' && /^[\w./-]+$/.test(named) ? named : 'name';
  return `Each entry stands under its name, without a dash: { ${name}: ${entry['type'] === 'object' ? '{}' : 'value'} }.`;
}

function listTypes(types: unknown): string {
  const names: Record<string, string> = {
    array: 'a list',
    boolean: 'true or false',
    integer: 'a whole number',
    number: 'a number',
    object: 'a map',
    string: 'a text',
  };
  return [types]
    .flat()
    .map((type) => names[String(type)] ?? String(type))
    .join(' or ');
}
