import fc from 'fast-check';
import { inlined, isRecord } from '../../generator/generate/fields.ts';
import { isJson, type Json } from './json.ts';
import { anyText } from './texts.ts';
import { NAMES, WORDS } from './words.ts';

/** One field that is set to something. */
export interface Edit {
  readonly path: readonly string[];
  readonly value: Json;
}

type Schema = Readonly<Record<string, unknown>>;

/** What the grammar makes something of, and what says nothing about values; any other keyword of the contract is an error here. */
const KEYWORDS = new Set([
  ...['$schema', '$comment', 'title', 'description', 'default', 'x-kind', 'x-effect', 'x-group', 'x-allowed', 'writeOnly'],
  ...['type', 'enum', 'const', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'not', 'if', 'then', 'else'],
  ...['items', 'uniqueItems', 'minItems', 'maxItems', 'properties', 'required', 'additionalProperties', 'propertyNames'],
  ...['minProperties', 'maxProperties', 'anyOf', 'oneOf', 'allOf', 'dependencies', 'contains'],
]);

/** A field of the contract, at any depth: its path, in which `*` is a name that people choose, and what may be tried there. */
export interface Place {
  readonly path: readonly string[];
  readonly schema: Schema;
  readonly edit: fc.Arbitrary<Edit>;
}

/** Every place of the contract. */
export function placesOf(contract: object): Place[] {
  return below(inlined(contract), [], []);
}

function below(schema: Schema, path: readonly string[], names: readonly fc.Arbitrary<string>[]): Place[] {
  const fixed = Object.entries(recordOf(schema['properties'])).flatMap(([name, field]) =>
    placesAt(recordOf(field), [...path, name], [...names, fc.constant(name)]),
  );
  const entry = recordOf(schema['additionalProperties']);
  return Object.keys(entry).length === 0
    ? fixed
    : [...fixed, ...placesAt(entry, [...path, '*'], [...names, nameFor(schema, path)])];
}

function placesAt(schema: Schema, path: readonly string[], names: readonly fc.Arbitrary<string>[]): Place[] {
  const edit = fc.record({ path: fc.tuple(...names), value: valueFor(schema, path) });
  return [{ path, schema, edit }, ...below(schema, path, names)];
}

/** Few names, so that fields of one service meet, and now and then any text. */
function nameFor(schema: Schema, path: readonly string[]): fc.Arbitrary<string> {
  const words = NAMES[[...path, '*'].join('.')];
  return fc.oneof(
    { weight: 20, arbitrary: words ?? fc.constantFrom('a', 'b', 'user-service', '1', '007') },
    { weight: 3, arbitrary: textFor(recordOf(schema['propertyNames'])) },
    { weight: 1, arbitrary: anyText },
  );
}

function valueFor(schema: Schema, path: readonly string[]): fc.Arbitrary<Json> {
  return fc.oneof(
    { weight: 24, arbitrary: fitting(schema, path) },
    { weight: 4, arbitrary: onTheEdge(schema, path) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: anyJson },
  );
}

const anyJson: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    anyText,
    fc.constantFrom(0, 1, -1, 5, 1.5, 1000001, 2147483648, 1e21, 0.1, 1e15),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(anyText, tie('value'), { maxKeys: 3 }),
  ),
})).value;

/** What the contract allows, as far as one field alone tells. */
function fitting(schema: Schema, path: readonly string[]): fc.Arbitrary<Json> {
  refuseUnknownKeywords(schema);
  const words = WORDS[path.join('.')];
  const own = shaped(schema, path);
  return words === undefined ? own : fc.oneof({ weight: 4, arbitrary: words }, { weight: 1, arbitrary: own });
}

function shaped(schema: Schema, path: readonly string[]): fc.Arbitrary<Json> {
  const { anyOf, oneOf, allOf, ...rest } = schema;
  const choices = listOf(anyOf ?? oneOf);
  if (choices.length > 0) return fc.oneof(...choices.map((choice) => fitting({ ...rest, ...recordOf(choice) }, path)));
  const all = listOf(allOf);
  if (all.length > 0)
    return fitting({ ...rest, ...Object.fromEntries(all.flatMap((each) => Object.entries(recordOf(each)))) }, path);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...schema['enum'].filter(isJson));
  if (isJson(schema['const'])) return fc.constant(schema['const']);
  const types = listOf(schema['type']);
  return types.length === 0 ? anyJson : fc.oneof(...types.map((type) => ofType(String(type), schema, path)));
}

function ofType(type: string, schema: Schema, path: readonly string[]): fc.Arbitrary<Json> {
  const least = numberOf(schema['minimum']);
  const most = numberOf(schema['maximum']);
  switch (type) {
    case 'string':
      return textFor(schema);
    case 'integer':
      return fc.oneof(
        fc.integer({ min: least ?? 0, max: most ?? 1000 }),
        fc.constantFrom(least ?? 0, most ?? 2147483647, 1000001),
      );
    case 'number':
      return fc.constantFrom(0, 1, 5, 1.5, 0.1, 100, 1000001, 2147483648);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(fitting(recordOf(schema['items']), [...path, '[]']), { maxLength: 3 });
    default:
      return mapFor(schema, path);
  }
}

function mapFor(schema: Schema, path: readonly string[]): fc.Arbitrary<Json> {
  const properties = Object.entries(recordOf(schema['properties'])).map(
    ([name, field]) => [name, fitting(recordOf(field), [...path, name])] as const,
  );
  const required = listOf(schema['required']).map(String);
  const chosen = fc.subarray(properties, { maxLength: Math.min(properties.length, 4) });
  const fixed = chosen.chain((some) => {
    const wanted = properties.filter((each) => some.includes(each) || required.includes(each[0]));
    return fc.record(Object.fromEntries(wanted));
  });
  if (schema['additionalProperties'] === false) return fixed;
  const entry = schema['additionalProperties'];
  const value = isRecord(entry) ? fitting(entry, [...path, '*']) : anyJson;
  const free = fc.array(fc.tuple(nameFor(schema, path), value), { maxLength: 3 }).map((entries) => Object.fromEntries(entries));
  return fc.tuple(fixed, free).map(([some, others]) => ({ ...others, ...some }));
}

function textFor(schema: Schema): fc.Arbitrary<string> {
  const pattern = schema['pattern'];
  const most = numberOf(schema['maxLength']) ?? Infinity;
  const least = numberOf(schema['minLength']) ?? 0;
  if (typeof pattern !== 'string') return anyText.filter(({ length }) => length >= least && length <= most);
  const fits = new RegExp(pattern, 'u');
  const odd = anyText.filter((text) => fits.test(text));
  return fc.oneof({ weight: 4, arbitrary: matching(pattern) ?? odd }, { weight: 1, arbitrary: fc.constantFrom('', 'a', '1') });
}

/** What was made of patterns. Most of them stand in several places, and making one takes longer than many cases. */
const madeOf = new Map<string, fc.Arbitrary<string> | undefined>();

/** Texts of a pattern; undefined for one with what fast-check does not know, such as a lookahead. */
function matching(pattern: string): fc.Arbitrary<string> | undefined {
  if (!madeOf.has(pattern)) madeOf.set(pattern, attempt(pattern));
  return madeOf.get(pattern);
}

function attempt(pattern: string): fc.Arbitrary<string> | undefined {
  try {
    return fc.stringMatching(new RegExp(pattern), { size: 'small' });
  } catch {
    return undefined;
  }
}

/** One step outside of what is allowed, or just inside. */
function onTheEdge(schema: Schema, path: readonly string[]): fc.Arbitrary<Json> {
  const limits = ['minimum', 'maximum'].flatMap((key) => numberOf(schema[key]) ?? []);
  const numbers = limits.flatMap((limit) => [limit - 1, limit, limit + 1]);
  const near = [...numbers, 0, -1, 2147483647, 2147483648, '', isJson(schema['default']) ? schema['default'] : null];
  const changed = fitting(schema, path).chain((value): fc.Arbitrary<Json> =>
    typeof value === 'string' ? around(value) : fc.constant(value),
  );
  return fc.oneof(fc.constantFrom<Json[]>(...near), changed);
}

function around(text: string): fc.Arbitrary<string> {
  return fc.constantFrom(`${text}\n`, ` ${text}`, text.toUpperCase(), `${text}${text}`, `${text}-`);
}

function refuseUnknownKeywords(schema: Schema): void {
  const unknown = Object.keys(schema).filter((key) => !KEYWORDS.has(key));
  if (unknown.length > 0) throw new Error(`the grammar does not know these keywords of the contract: ${unknown.join(', ')}`);
}

function recordOf(value: unknown): Schema {
  return isRecord(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value].flat();
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
