import { assert, constantFrom, array, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readFlat } from '../../generator/manifests/flat.ts';

const SECRET = `apiVersion: v1
kind: Secret
metadata:
  
  name: "mail-db-secret"
  labels: {"app.kubernetes.io/name":"shared-postgresql","note":"a \\"b\\" # c: \\u00e9"}
type: kubernetes.io/basic-auth
data:
  "ca.crt": "LS0t=="
  "password": "b25l"
`;

/** Lines that make objects, and lines that make something else of them. */
const LINES = [
  ...SECRET.split('\n'),
  'kind: true',
  'kind: Secret # a comment',
  'kind: Secret: x',
  'data: {}',
  'data: ~',
  '  password: b25l',
  '  password: b25l # x',
  '  "password": "b25l" # x',
  '  "password": {"a":1}',
  '  "password": {a: 1}',
  '  "password": "b25l',
  '    "password": "deeper"',
  '  "n": {"a":"b"} ',
  '  __proto__: "x"',
  '  no: "x"',
  '# a comment',
  '- 1',
  'immutable: true',
];

describe('an object with one thing on each line', () => {
  test('is read without a reader of YAML', () => {
    expect(readFlat(SECRET)).toEqual(parse(SECRET));
    expect(readFlat('')).toEqual({});
  });

  test.each([
    'a: 1',
    'kind: Secret\nkind: Secret',
    'metadata:\n  a: b',
    'data:\n  "a": "1"\n  "a": "2"',
    '  "a": "1"',
    'data: {}',
  ])('is no other: %j', (text) => {
    expect(readFlat(text)).toBeUndefined();
  });

  test('is what YAML makes of it, wherever it is read at all', () => {
    const lines = array(constantFrom(...LINES), { minLength: 1, maxLength: 12 });
    assert(
      property(lines, (chosen) => {
        const text = `kind: Secret\n${chosen.join('\n')}`;
        const read = readFlat(text);
        if (read !== undefined) expect(read).toEqual(parse(text, { logLevel: 'silent' }));
      }),
      { seed: 14, numRuns: 2000 },
    );
  });
});
