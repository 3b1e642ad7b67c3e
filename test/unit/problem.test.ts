import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { excerptOf } from '../../generator/generate/excerpt.ts';
import { formatProblem, InputError, lineOf, positionAt, sortProblems } from '../../generator/generate/problem.ts';

test('a problem has its place, its path, its excerpt with a caret and its hint', () => {
  const problem = {
    file: 'a.sql',
    position: { line: 2, column: 4 },
    path: 'x.y',
    message: 'wrong',
    hint: 'Right it.',
    excerpt: '\tab c',
  };
  expect(formatProblem(problem)).toBe('a.sql:2:4: x.y: wrong\n    \tab c\n    \t  ^\n  Right it.');
  expect(formatProblem({ file: 'a', message: 'wrong' })).toBe('a: wrong');
});

test('problems are sorted by file and place', () => {
  const at = (file: string, line: number, column = 1) => ({ file, position: { line, column }, message: 'm' });
  expect(sortProblems([at('b', 1), at('a', 10), at('a', 9, 2), at('a', 9)])).toEqual([
    at('a', 9),
    at('a', 9, 2),
    at('a', 10),
    at('b', 1),
  ]);
});

test('places count from 1', () => {
  expect(positionAt('ab\ncd', 0)).toEqual({ line: 1, column: 1 });
  expect(positionAt('ab\ncd', 4)).toEqual({ line: 2, column: 2 });
  expect(lineOf('ab\r\ncd', 1)).toBe('ab');
});

/** A line of all kinds of characters, another for each seed. */
const lineFor = (seed: number): string => {
  const kinds = ['a', ' ', '\t', '表', '🐘', '👩‍👩‍👧', 'e\u0301', '\u202e', '\u0007', '"', '\ufeff'];
  let state = seed;
  const next = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
  return Array.from({ length: next(1 + (seed % 700)) }, () => kinds[next(kinds.length)]).join('');
};

test('an excerpt has the width of a screen at most, and its caret stands below what it is about', () => {
  for (let seed = 1; seed < 400; seed += 1) {
    const line = `${lineFor(seed)}表here${lineFor(seed * 7)}`;
    const [shown = '', caret = ''] = excerptOf(line, line.indexOf('表here') + 1);
    const columns = (text: string): number => stringWidth(text.replaceAll('\t', ' '.repeat(8)));
    expect(columns(`    ${shown}`), line).toBeLessThanOrEqual(80);
    expect(caret, line).toMatch(/^[ \t]*\^$/);
    expect(columns(caret.slice(0, -1)), line).toBe(columns(shown.slice(0, shown.indexOf('表here'))));
  }
});

test('a line of a megabyte is looked at where the problem is', () => {
  const line = 'x'.repeat(500_000);
  expect(excerptOf(`${line}here${line}`, 500_001)).toEqual([`…${'x'.repeat(37)}here${'x'.repeat(33)}…`, `${' '.repeat(38)}^`]);
  expect(excerptOf('short', 6)).toEqual(['short', '     ^']);
});

test('a path has two lines of a screen at most, and its beginning and end', () => {
  for (let seed = 1; seed < 400; seed += 1) {
    const path = `services.${lineFor(seed)}.name`;
    const text = formatProblem({ file: 'a', path, message: 'm' }).slice('a: '.length, -': m'.length);
    expect(stringWidth(text.replaceAll('\t', ' '.repeat(8))), path).toBeLessThanOrEqual(160);
    expect(text, path).toMatch(/^services\..*\.name$/);
  }
  const [short, long] = ['a'.repeat(63), 'a'.repeat(300)].map((name) =>
    formatProblem({ file: 'f', path: `x.${name}.y`, message: 'm' }),
  );
  expect(short).toBe(`f: x.${'a'.repeat(63)}.y: m`);
  expect(long).toBe(`f: x.${'a'.repeat(72)}…${'a'.repeat(71)}.y: m`);
});

test('what nobody reads to its end is shortened, and of problems without number the first are told', () => {
  const book = 'x'.repeat(1_000_000);
  expect(formatProblem({ file: book, path: book, message: book, hint: book }).length).toBeLessThan(9000);
  const error = new InputError(Array.from({ length: 1500 }, (_, line) => ({ file: `f${line}`, message: 'm' })));
  expect(error.message.split('\n').slice(-2)).toEqual(['f999: m', '... and 500 more']);
  expect(error.problems).toHaveLength(1500);
});
