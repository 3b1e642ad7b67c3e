import { describe, expect, test } from 'vitest';
import { isRecord } from '../../generator/generate/fields.ts';
import { parseValues } from '../../generator/generate/parse.ts';
import { formatProblem } from '../../generator/generate/problem.ts';

describe('parseValues', () => {
  const text = 'services:\n  user-service:\n    database: userdb\n    extensions: [a, b]\n  other: {}\n';
  const parsed = parseValues('values.yaml', text);

  test('gives the data', () => {
    expect(parsed.values).toEqual({ services: { 'user-service': { database: 'userdb', extensions: ['a', 'b'] }, other: {} } });
    expect(parsed.problems).toEqual([]);
  });

  test.each([
    [['services', 'user-service', 'database'], 'value', 3, 15],
    [['services', 'user-service', 'database'], 'key', 3, 5],
    [['services', 'user-service', 'extensions', 1], 'value', 4, 21],
    [['services', 'user-service', 'missing'], 'value', 3, 5],
    [['services', 'other', 'database'], 'value', 5, 10],
    [['absent'], 'value', 1, 1],
    [[], 'value', 1, 1],
  ] as const)('finds %j (%s) at %i:%i', (path, what, line, column) => {
    expect(parsed.locate(path, what)).toEqual({ line, column });
  });

  test('reads scalars as Helm does, and all others as texts', () => {
    expect(read('a: yes\nb: 0o17\nc: <<\nd: 1:30\ne: e1\nf: 2001-01-01\ng: "0o7"\nh: !!str 7\n')).toEqual({
      ...{ a: true, b: 15, c: '<<', d: '1:30', e: 'e1', f: '2001-01-01', g: '0o7', h: '7' },
    });
  });

  test('takes a merge for defaults, and the first of a list', () => {
    expect(read('x: &x {a: 1, b: 1}\nv: &v {b: 2, c: 2}\nz: {<<: [*x, *v], a: 3}\n')).toMatchObject({ z: { a: 3, b: 1, c: 2 } });
  });

  test('gives every alias data of its own', () => {
    const { x, v } = mapOf(read('x: &x {a: 1}\nv: *x\n'));
    expect(v).toEqual(x);
    expect(v).not.toBe(x);
  });

  test('keeps a key that JavaScript would take for something else', () => {
    expect(Object.keys(mapOf(read('__proto__: {a: 1}\n"007": 1\n')))).toEqual(['__proto__', '007']);
  });

  test('places what came by an alias or a merge where it was written', () => {
    const placed = parseValues('v', 'x: &x\n  a: {m: 1}\nv: *x\nz:\n  <<: *x\n  b: 2\n');
    expect(placed.locate(['v'])).toEqual({ line: 3, column: 4 });
    expect(placed.locate(['v', 'a', 'm'])).toEqual({ line: 2, column: 10 });
    expect(placed.locate(['z', 'a'], 'key')).toEqual({ line: 2, column: 3 });
    expect(placed.locate(['z', 'missing'])).toEqual({ line: 5, column: 3 });
  });

  test('tells where the parser was lost, and no more', () => {
    const { problems } = parseValues('v', 'image:\n  tag: |-\n    18\nannotations:\n  a: }}a # a\n  A: |-\n    a\nextra: 0\n');
    expect(problems.map(({ position }) => position)).toEqual([{ line: 5, column: 6 }]);
  });

  test('takes an empty file for an empty map', () => {
    for (const empty of ['', '\n', '# nothing\n']) expect(parseValues('v', empty).values).toEqual({});
  });

  test('lets thousands of services share an anchor', () => {
    const many = `x: &x { connectionLimit: 1 }\n${Array.from({ length: 5000 }, (_, i) => `s${i}: *x\n`).join('')}`;
    expect(parseValues('v', many).problems).toEqual([]);
  });

  test('refuses aliases that blow up, and is quick about it', () => {
    const level = (name: string, below: string): string => `${name}: &${name} [${Array(10).fill(`*${below}`).join(', ')}]\n`;
    const bomb = `a: &a x\n${['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, i) => level(name, 'abcdefg'[i] ?? 'a')).join('')}`;
    expect(refusals(bomb)[0]).toContain('v:4:32: with what *c stands for, aliases bring more than Helm reads');
  });

  test.each([
    ['brackets', `global: ${'['.repeat(50_000)}`, 'v:1:108'],
    ['brackets that close', `global: ${'{a: '.repeat(5000)}x${'}'.repeat(5000)}`, 'v:1:405'],
    ['lines', Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''), 'v:101:101'],
    ['aliases', Array.from({ length: 101 }, (_, i) => `a${i}: &a${i} [${i > 0 ? `*a${i - 1}` : 'x'}]\n`).join(''), 'v:101:13'],
  ])('places what nests too deeply: %s', (_, text, place) => {
    expect(refusals(text)[0]).toContain(`${place}: here more than 100 maps and lists lie within each other; at most 100 may`);
  });

  test('reads what nests as deeply as it may', () => {
    expect(refusals(`global: ${'['.repeat(99)}${']'.repeat(99)}\n`)).toEqual([]);
  });
});

function mapOf(value: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(isRecord(value) ? value : {}));
}

function read(text: string): unknown {
  const { values, problems } = parseValues('v', text);
  expect(problems).toEqual([]);
  return values;
}

function refusals(text: string): string[] {
  return parseValues('v', text).problems.map(formatProblem);
}
