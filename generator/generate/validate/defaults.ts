import { isRecord, mapValues } from '../fields.ts';

/**
 * The values as Helm makes them of the contract's defaults: maps are merged at every depth, a field that is null or left out has its
 * default, an entry of a map that is null is taken out. An entry with fields of its own, as a service is, stays: it is for the contract
 * to refuse. What has a wrong type stays as well.
 */
export function complete(schema: unknown, given: unknown): unknown {
  const { properties, additionalProperties: entry, default: usual } = isRecord(schema) ? schema : {};
  const value = given ?? usual;
  if (!isRecord(value)) return withoutNulls(value);
  if (isRecord(properties)) return completeFields(properties, value);
  if (isRecord(entry) && isRecord(entry['properties']))
    return mapValues(value, (each) => (each === null ? null : complete(entry, each)));
  return withoutNulls(merge(usual, value));
}

type Map = Readonly<Record<string, unknown>>;

function completeFields(fields: Map, given: Map): Map {
  const extra = Object.entries(given).filter(([name]) => !Object.hasOwn(fields, name));
  const known = Object.entries(fields).map(([name, schema]): [string, unknown] => [
    name,
    complete(schema, ownValue(given, name)),
  ]);
  return Object.fromEntries([...known, ...extra]);
}

function merge(usual: unknown, given: unknown): unknown {
  if (!isRecord(usual) || !isRecord(given)) return given === undefined ? usual : given;
  const names = new Set([...Object.keys(usual), ...Object.keys(given)]);
  return Object.fromEntries([...names].map((name) => [name, merge(ownValue(usual, name), ownValue(given, name))]));
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return mapValues(Object.fromEntries(entries), withoutNulls);
}

function ownValue(map: Map, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
