import { expect, test } from 'vitest';
import { formatProblem, lineOf, positionAt, sortProblems } from '../../generator/generate/problem.ts';

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
