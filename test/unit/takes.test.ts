import { expect, test } from 'vitest';
import { takesOf } from '../../generator/generate/render/takes.ts';

test.each([
  [{ type: 'string' }, 'text'],
  [{ type: 'string', 'x-allowed': 'a name: letters and digits' }, 'a name'],
  [{ type: 'string', enum: ['', 'libc', 'icu'] }, 'empty, libc, icu'],
  [{ type: 'boolean' }, 'true, false'],
  [{ type: 'integer', minimum: 1, maximum: 65535 }, '1 to 65535'],
  [{ type: 'integer', minimum: 1, maximum: 1 }, '1'],
  [{ type: 'integer', minimum: 0, maximum: 2147483647 }, '0 or more'],
  [{ type: 'integer', minimum: 1 }, '1 or more'],
  [{ type: 'integer', minimum: 0, maximum: 9, 'x-allowed': '0, or 5 to 9' }, '0, or 5 to 9'],
  [{ type: 'array', items: { type: 'string', enum: ['a', 'b'] } }, 'list: a, b'],
  [{ type: 'array', items: { type: 'object', allOf: [{ $ref: '#/$defs/V1Toleration' }] } }, "list: Kubernetes' Toleration"],
  [
    { type: 'object', propertyNames: { 'x-allowed': 'a key: short' }, additionalProperties: { type: 'string' } },
    'map: a key to text',
  ],
  [{ type: 'object', additionalProperties: { type: 'string' } }, 'map: a name to text'],
  [{ type: 'object', additionalProperties: true }, 'map'],
])('%j takes %s', (schema, words) => {
  expect(takesOf(schema)).toBe(words);
});
