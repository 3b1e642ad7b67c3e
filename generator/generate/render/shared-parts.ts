import { isRecord, type Schema } from '../fields.ts';

/** What holds one schema, many by name, or many in a row. Whatever else stands in a schema is data. */
const ONE = ['items', 'additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then', 'else'];
const NAMED = ['properties', 'patternProperties'];
const IN_A_ROW = ['allOf', 'anyOf', 'oneOf'];

/** A shorter part is as short as the reference to it. */
const WORTH_SHARING = 60;

/**
 * The same draft-07 schema with each part that stands at several places once, in `definitions`, by the name of the field that has it first. Helm
 * compiles a pattern at every place where it finds it, in every rendering. Parts are shared whole: beside `$ref` draft-07 reads nothing, and what
 * validators say of a reference is what they say of its part.
 */
export function shareParts(schema: Schema): Schema {
  const repeated = findRepeated(schema);
  const names = new Map<string, string>();
  const definitions: Record<string, unknown> = {};
  const share = (part: Schema, field: string): unknown => {
    const text = JSON.stringify(part);
    if (!repeated.has(text)) return changeParts(part, field, share);
    const known = names.get(text);
    if (known !== undefined) return refer(known);
    const name = freeName(field, definitions);
    names.set(text, name);
    // The name is taken before the parts of this part look for theirs.
    definitions[name] = {};
    definitions[name] = changeParts(part, field, share);
    return refer(name);
  };
  return { ...changeParts(schema, 'values', share), definitions };
}

const refer = (name: string): Schema => ({ $ref: `#/definitions/${name}` });

function freeName(field: string, taken: object, number = 1): string {
  const name = number === 1 ? field : `${field}-${number}`;
  return Object.hasOwn(taken, name) ? freeName(field, taken, number + 1) : name;
}

/** The texts of the parts that stand at several places, but not of those that only a repeated part repeats. */
function findRepeated(schema: Schema): Set<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  const look = (part: Schema): void => {
    const text = JSON.stringify(part);
    if (!seen.has(text)) changeParts(part, 'values', look);
    else if (text.length > WORTH_SHARING) repeated.add(text);
    seen.add(text);
  };
  changeParts(schema, 'values', look);
  return repeated;
}

/** A schema with the schemas right below it changed, each told the field that it is of. */
function changeParts(schema: Schema, field: string, change: (part: Schema, field: string) => unknown): Schema {
  const changeOne = (part: unknown, of = field): unknown => (isRecord(part) ? change(part, of) : part);
  return mapEntries(schema, (value, keyword) => {
    if (ONE.includes(keyword)) return changeOne(value);
    if (NAMED.includes(keyword) && isRecord(value)) return mapEntries(value, changeOne);
    if (IN_A_ROW.includes(keyword) && Array.isArray(value)) return value.map((part) => changeOne(part));
    return value;
  });
}

function mapEntries(map: Schema, change: (value: unknown, key: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}
