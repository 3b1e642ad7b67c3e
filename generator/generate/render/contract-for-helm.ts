import { inlined, isRecord, mapValues } from '../fields.ts';
import { oncePer } from '../once.ts';
import { BANNER } from './output.ts';
import { shareParts } from './shared-parts.ts';

/**
 * The contract as Helm and editors read it, which see null where the generator has put the default already. A line for each field and each part
 * that fields share, and without what only the generator reads: every release carries it. It is the same whatever the values are, so the program
 * that was built has it as a text.
 */
export const contractForHelm = oncePer((contract: object): string => {
  const { properties, definitions, ...rest } = shareParts(withoutOwn(withNulls(inlined(contract))));
  const head = JSON.stringify({ ...rest, $comment: BANNER });
  return `${head.slice(0, -1)},"properties":${inLines(properties)},"definitions":${inLines(definitions)}}\n`;
});

/** Without what only the generator reads. */
function withoutOwn(schema: object): Record<string, unknown> {
  const text = JSON.stringify(schema, (key, value: unknown) => (key.startsWith('x-') ? undefined : withoutSecret(value)));
  const kept: unknown = JSON.parse(text);
  return isRecord(kept) ? kept : {};
}

/** Helm 4 prints a value that does not fit, and whoever renders keeps that: of a secret a template says what is wrong. */
function withoutSecret(value: unknown): unknown {
  if (!isRecord(value) || value['writeOnly'] !== true) return value;
  const { pattern: _, ...kept } = value;
  return kept;
}

function inLines(schemas: unknown): string {
  const entries = Object.entries(isRecord(schemas) ? schemas : {});
  return `{\n${entries.map(([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`).join(',\n')}\n}`;
}

/** The contract with null for every field, and for every entry of a map that has no fields of its own. */
function withNulls(schema: unknown): Record<string, unknown> {
  const { properties, propertyNames: names, additionalProperties: entry, items, allOf, ...rest } = isRecord(schema) ? schema : {};
  const hasFields = isRecord(entry) && isRecord(entry['properties']);
  return {
    ...rest,
    ...(isRecord(names) ? { propertyNames: withoutRefusals(names) } : {}),
    ...(entry === undefined ? {} : { additionalProperties: hasFields ? withNulls(entry) : orNull(entry) }),
    ...(isRecord(properties) ? { properties: mapValues(properties, (field) => orNull(withNulls(field))) } : {}),
    ...(items === undefined ? {} : { items: withNulls(items) }),
    ...(Array.isArray(allOf) ? { allOf: allOf.map((part) => orNull(withNulls(part))) } : {}),
  };
}

/** Names that a map may not have are refused by a template, which has a sentence: Helm's own is "'not' failed", and does not say where. */
function withoutRefusals({ not, ...names }: Readonly<Record<string, unknown>>): unknown {
  return isRecord(not) && 'enum' in not ? names : { ...names, ...(not === undefined ? {} : { not }) };
}

function orNull(schema: unknown): unknown {
  if (!isRecord(schema)) return schema;
  const type = 'type' in schema ? { type: [schema['type'], 'null'].flat() } : {};
  // What is refused of a number would be refused of null as well.
  const not = isRecord(schema['not']) ? { not: { type: schema['type'], ...schema['not'] } } : {};
  return { ...schema, ...type, ...not, ...('enum' in schema ? { enum: [schema['enum'], null].flat() } : {}) };
}
