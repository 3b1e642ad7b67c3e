import { expect, test } from 'vitest';
import { twinsIn } from '../tools/twins.ts';

/* What `npm test` leaves to `npm run test:every` is tried by it on another major, or by another Helm. */
interface Tried {
  readonly type: 'test';
  readonly name: string;
  readonly fullName: string;
  readonly mode: string;
}

const NAME = 'test/a.test.ts';
const tried = (name: string, mode = 'run', within = NAME): Tried => ({
  type: 'test',
  name,
  fullName: `${within} > ${name}`,
  mode,
});
const group = (name: string, ...tests: readonly (string | Tried)[]) => {
  const fullName = `${NAME} > ${name}`;
  return {
    type: 'suite' as const,
    name,
    fullName,
    tasks: tests.map((each) => (typeof each === 'string' ? tried(each, 'run', fullName) : each)),
  };
};
const leftOf = (project: string, ...tasks: readonly (ReturnType<typeof group> | Tried)[]): string[] =>
  twinsIn({ type: 'suite', name: NAME, fullName: NAME, tasks }, project).map(({ fullName }) => fullName.slice(NAME.length + 3));

test('of twins those are left that stand among fewer tests, and what is tried there alone is not', () => {
  const groups = [group('on PostgreSQL 18', 'a', 'b', 'of 18'), group('on PostgreSQL 15', 'a', 'b', 'of 15', 'too')];
  expect(leftOf('server', ...groups)).toEqual(['on PostgreSQL 18 > a', 'on PostgreSQL 18 > b']);
});

test('of as many one is kept, and which depends on the file', () => {
  expect(leftOf('helm', group('Helm 3', 'a'), group('Helm 4', 'a'))).toHaveLength(1);
  expect(leftOf('helm', tried('Helm 3 reads it'), tried('Helm 4 reads it'))).toHaveLength(1);
});

test('what has the same name twice, or another version in its name, is no twin', () => {
  expect(leftOf('helm', tried('a'), tried('a'), group('b', 'on PostgreSQL 15', 'on PostgreSQL 18'))).toEqual([]);
  expect(leftOf('quick', group('PostgreSQL 15', 'a'), group('PostgreSQL 18', 'a'))).toEqual([]);
});

test('what was asked for by its name is not left to a twin that was not', () => {
  expect(leftOf('server', tried('PostgreSQL 15', 'run'), tried('PostgreSQL 18', 'skip'))).toEqual([]);
});
