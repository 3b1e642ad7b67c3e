import { Ajv, type ValidateFunction } from 'ajv';
import { inlined, isRecord } from '../../generator/generate/fields.ts';
import { readContract } from '../../generator/generate/read/project.ts';

/** A part of the contract's schema. */
export type Schema = Readonly<Record<string, unknown>>;

/** A place in the values that takes a text or a number, or a key of a map; the steps from the top, `[]` for an item of a list. */
export interface Place {
  readonly steps: readonly string[];
  readonly schema: Schema;
  /** The last step is a key that people choose: the candidate is the key. */
  readonly isKey: boolean;
}

/** The whole contract, without references. */
export const CONTRACT: Schema = inlined(readContract());
const ANY_KEY = 'any';
const ITEM = '[]';

/** All places of the contract, those in Kubernetes' own objects included. */
export function placesOf(schema: Schema = CONTRACT, steps: readonly string[] = []): Place[] {
  const { properties, propertyNames, additionalProperties: entry, items } = flat(schema);
  const fields = Object.entries(toRecord(properties)).flatMap(([name, field]) => placesOf(toRecord(field), [...steps, name]));
  const keys = isRecord(propertyNames)
    ? [{ steps: [...steps, ANY_KEY], schema: { type: 'string', ...propertyNames }, isKey: true }]
    : [];
  const entries = isRecord(entry) ? placesOf(entry, [...steps, ANY_KEY]) : [];
  const listed = isRecord(items) ? placesOf(items, [...steps, ITEM]) : [];
  const below = [...fields, ...keys, ...entries, ...listed];
  const isScalar = properties === undefined && entry === undefined && items === undefined;
  return isScalar ? [{ steps, schema, isKey: false }] : below;
}

/** A schema with what its `allOf` adds of fields. */
function flat(schema: Schema): Schema {
  const parts = Array.isArray(schema['allOf']) ? schema['allOf'].filter(isRecord).filter((part) => 'properties' in part) : [];
  return parts.reduce((whole, part) => ({ ...whole, ...part }), schema);
}

const compiled = new WeakMap<Schema, ValidateFunction>();

/** One for all: each compiles the schema of schemas first, which takes longer than most that it is given. */
const ajv = new Ajv({ strict: false });

/** Whether a value fits a schema. */
export function fits(schema: Schema, value: unknown): boolean {
  const known = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, known);
  return known(value);
}

/** The schema at a field of the contract, `persistence.size` as steps; ITEM and any key lead into lists and maps. */
export function schemaAt(steps: readonly string[]): Schema {
  return steps.reduce<Schema>((schema, step) => {
    const { properties, items, additionalProperties } = flat(schema);
    return toRecord(step === ITEM ? items : (toRecord(properties)[step] ?? additionalProperties));
  }, CONTRACT);
}

/** A value with the candidate at its place, and with a sample wherever a schema requires something. */
export function valueWith(schema: Schema, steps: readonly string[], candidate: unknown, isKey: boolean): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return candidate;
  const { properties, items, additionalProperties } = flat(schema);
  if (step === ITEM) return [valueWith(toRecord(items), rest, candidate, isKey)];
  const own = toRecord(properties)[step];
  if (isKey && rest.length === 0) return { [String(candidate)]: sampleOf(toRecord(additionalProperties)) };
  const key = own === undefined ? sampleKey(schema) : step;
  return { ...toRecord(sampleOf(schema)), [key]: valueWith(toRecord(own ?? additionalProperties), rest, candidate, isKey) };
}

const sampleKey = (schema: Schema): string => {
  const { propertyNames } = flat(schema);
  return isRecord(propertyNames) && !fits(propertyNames, 'a') ? 'cpu' : 'a';
};

/** The least that a schema takes. */
export function sampleOf(schema: Schema): unknown {
  const { type, properties, required, items, minItems, enum: options } = flat(schema);
  if (Array.isArray(options)) return options[0];
  if (type === 'object') {
    const names = Array.isArray(required) ? required.map(String) : [];
    return Object.fromEntries(names.map((name) => [name, sampleOf(toRecord(toRecord(properties)[name]))]));
  }
  if (type === 'array') return minItems === undefined ? [] : [sampleOf(toRecord(items))];
  return ['a', '1', '1Gi', '10.0.0.0/8', 1, true, ''].find((sample) => fits(schema, sample));
}

function toRecord(value: unknown): Schema {
  return isRecord(value) ? value : {};
}
