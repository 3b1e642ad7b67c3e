import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isRecord, mapValues, type Schema } from '../../generator/generate/fields.ts';
import { shareParts } from '../../generator/generate/render/shared-parts.ts';
import { CHART } from '../tools/folders.ts';

/** The schema with what each reference names in its place. */
function resolved(schema: unknown, definitions: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((each) => resolved(each, definitions));
  if (!isRecord(schema)) return schema;
  const { $ref, ...beside } = schema;
  if (typeof $ref !== 'string') return mapValues(schema, (part) => resolved(part, definitions));
  // Draft-07 reads nothing beside a reference.
  expect(beside).toEqual({});
  const named = isRecord(definitions) ? definitions[$ref.replace('#/definitions/', '')] : undefined;
  expect(named, $ref).toBeDefined();
  return resolved(named, definitions);
}

const sharedAndBack = (schema: Schema): { shared: Schema; back: unknown } => {
  const { definitions, ...shared } = shareParts(schema);
  return { shared: { ...shared, definitions }, back: resolved(shared, definitions) };
};

const label = { type: 'string', pattern: '^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$', maxLength: 63 };
const map = { type: 'object', additionalProperties: label };

test.each<[string, Schema]>([
  ['alone', { properties: { a: label, b: label } }],
  ['within one that stands twice', { properties: { a: map, b: map, c: label } }],
  [
    'of one name and different',
    { properties: { a: map, b: { items: { properties: { a: { ...map, maxProperties: 9 } } } }, c: map } },
  ],
  ['in lists, in conditions, by pattern', { allOf: [label, { not: label }], if: map, patternProperties: { '^x': map } }],
  ['and looks like data', { properties: { a: { ...label, default: label, enum: [label] }, properties: label, items: label } }],
])('a part that stands twice stands once, and means the same: %s', (_, schema) => {
  const { shared, back } = sharedAndBack(schema);
  expect(back).toEqual(schema);
  expect(Object.keys(shared['definitions'] ?? {})).not.toEqual([]);
});

test('two parts of fields of one name have names of their own', () => {
  const twice = (a: Schema): Schema => ({ properties: { x: { properties: { a } }, y: { properties: { a }, items: a } } });
  const { definitions } = shareParts({ properties: { one: twice(label), other: twice({ ...label, maxLength: 9 }) } });
  expect(Object.keys(definitions ?? {})).toEqual(['a', 'a-2']);
});

test('what stands once, or is as short as a reference, stays where it is', () => {
  const schema = { properties: { a: label, b: { type: 'string' }, c: { type: 'string' } } };
  expect(shareParts(schema)).toEqual({ ...schema, definitions: {} });
});

test("no part of the chart's contract stands twice, so Helm compiles no pattern twice that a field has for itself", () => {
  const chart: unknown = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));
  const { definitions, ...rest } = isRecord(chart) ? chart : {};
  const whole = resolved(rest, definitions);
  const patterns = (schema: unknown): number => JSON.stringify(schema).split('"pattern":').length - 1;
  expect(patterns(whole)).toBeGreaterThan(240);
  expect(patterns(chart)).toBeLessThan(patterns(whole) * 0.4);
});
