import { oncePer } from './once.ts';
import type { Path } from './problem.ts';

/** One field of the contract, as the chart's README lists it. */
export interface Field {
  /** `services.<name>.database` */
  readonly path: string;
  readonly kind: string;
  /** What another value does to the server that is running: restart, or none. */
  readonly effect: string;
  readonly type: string;
  readonly default: unknown;
  readonly description: string;
  /** What the contract says of its values. */
  readonly schema: Schema;
  /** Fields below it; empty for a value. */
  readonly fields: readonly Field[];
}

/** A part of the contract. */
export type Schema = Readonly<Record<string, unknown>>;

/** The contract without references: each is replaced by the part of `$defs` that it names. */
export function inlined(contract: object): Record<string, unknown> {
  const { $defs, ...rest } = toRecord(contract);
  return mapValues(rest, (part) => inline(part, toRecord($defs)));
}

function inline(schema: unknown, parts: Schema): unknown {
  if (Array.isArray(schema)) return schema.map((each) => inline(each, parts));
  if (!isRecord(schema)) return schema;
  const named = /^#\/\$defs\/(.+)$/.exec(String(schema['$ref']))?.[1];
  return named === undefined ? mapValues(schema, (part) => inline(part, parts)) : inline(parts[named], parts);
}

/** The fields of the contract, in its order. A map with fixed fields has them below it; `services` has those of one service. */
export const fieldsOf = oncePer((contract: object) => fieldsBelow(contract, ''));

function fieldsBelow(schema: object, parent: string): readonly Field[] {
  return Object.entries(recordAt(schema, 'properties')).map(([name, field]) => fieldOf(`${parent}${name}`, toRecord(field)));
}

function fieldOf(path: string, schema: Schema): Field {
  const entry = recordAt(schema, 'additionalProperties');
  const below = 'properties' in entry ? fieldsBelow(entry, `${path}.<name>.`) : fieldsBelow(schema, `${path}.`);
  return {
    path,
    kind: String(schema['x-kind']),
    effect: String(schema['x-effect']),
    type: [schema['enum'] ?? schema['type']].flat().join(' | '),
    default: schema['default'],
    description: String(schema['description']),
    schema,
    fields: below,
  };
}

/** The fields at the end of the paths: those that have a value of their own. */
export function leavesOf(field: Field): Field[] {
  return field.fields.length > 0 ? field.fields.flatMap(leavesOf) : [field];
}

/** The contract's defaults as data: what values.yaml means when it says nothing. */
export function defaultsOf(fields: readonly Field[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [lastName(field.path), defaultOf(field)]));
}

function defaultOf(field: Field): unknown {
  const fixed = field.fields.filter(({ path }) => !path.includes('<name>'));
  return fixed.length > 0 ? defaultsOf(fixed) : field.default;
}

/** The same by path, `image.registry`: each value, and each map of which people choose the names, as a whole. */
export function defaultsByPath(fields: readonly Field[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap((field): [string, unknown][] => {
      const isWhole = field.fields.length === 0 || isMapOfEntries(field);
      return isWhole ? [[field.path, field.default]] : Object.entries(defaultsByPath(field.fields));
    }),
  );
}

/** Of the data that belongs to these fields, the part that is structure. */
export function structureOf(fields: readonly Field[], data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap((field): [string, unknown][] => {
      const name = lastName(field.path);
      const value = data[name];
      if (isMapOfEntries(field)) return [[name, eachEntry(value, (entry) => structureOf(field.fields, entry))]];
      if (field.kind === 'structure') return [[name, value]];
      const below = structureOf(field.fields, toRecord(value));
      return Object.keys(below).length > 0 ? [[name, below]] : [];
    }),
  );
}

/** Whether people choose the names of what is below: services, and the roles of a service. */
export function isMapOfEntries(field: Field): boolean {
  return field.fields.some(({ path }) => path.startsWith(`${field.path}.<name>.`));
}

function eachEntry(map: unknown, change: (entry: Schema) => unknown): Record<string, unknown> {
  return mapValues(toRecord(map), (entry) => change(toRecord(entry)));
}

/** The fields of `data` that are not as in `standard`. */
export function changedFields(data: object, standard: object): Record<string, unknown> {
  const usual = new Map<string, unknown>(Object.entries(standard));
  return Object.fromEntries(
    Object.entries(data).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(usual.get(key))),
  );
}

/** The fields of one service. */
export function serviceFieldsOf(fields: readonly Field[]): readonly Field[] {
  return fields.find(({ path }) => path === 'services')?.fields ?? [];
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function recordAt(value: unknown, key: string): Schema {
  return toRecord(toRecord(value)[key]);
}

function toRecord(value: unknown): Schema {
  return isRecord(value) ? value : {};
}

/** A map with every value changed. */
export function mapValues(map: Schema, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));
}

/** What stands at a path of data; undefined when nothing does. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, step) => {
    if (Array.isArray(node)) return node[Number(step)];
    return isRecord(node) && Object.hasOwn(node, step) ? node[step] : undefined;
  }, data);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
