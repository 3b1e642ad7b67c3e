import { describe, expect, test } from 'vitest';
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

  test('reads YAML 1.1 as Helm does', () => {
    expect(parseValues('v', 'a: yes\nb: 0o17\nc: <<\nbase: &b {x: 1}\nd: {<<: *b}\n').values).toMatchObject({
      a: true,
      d: { x: 1 },
    });
  });

  test('takes an empty file for an empty map', () => {
    for (const empty of ['', '\n', '# nothing\n']) expect(parseValues('v', empty).values).toEqual({});
  });

  test('lets thousands of services share an anchor', () => {
    const many = `x: &x { connectionLimit: 1 }\n${Array.from({ length: 5000 }, (_, i) => `s${i}: *x\n`).join('')}`;
    expect(parseValues('v', many).problems).toEqual([]);
  });

  test('refuses aliases that blow up', () => {
    const level = (name: string, below: string): string => `${name}: &${name} [${Array(10).fill(`*${below}`).join(', ')}]\n`;
    const bomb = `a: &a x\n${['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, i) => level(name, 'abcdefg'[i] ?? 'a')).join('')}`;
    expect(parseValues('v', bomb).problems.map(formatProblem).join()).toContain(
      'v: the YAML does not parse: Excessive alias count',
    );
  });
});
