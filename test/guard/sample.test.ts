import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../tools/folders.ts';
import { leftToOtherDays, oneInSoMany } from '../tools/sample.ts';
import { hasItsTurnLater, TURNS } from '../tools/turns.ts';

/* What `npm test` takes of a sweep, or of the tests with a share, is never nothing, and whoever runs it often enough has tried all of it. */
test.each([[94], [7], [6], [5], [1]])('of %i places one in six is taken, another each day', (count) => {
  const places = Array.from({ length: count }, (_, place) => place);
  const samples = Array.from({ length: Math.min(6, count) }, (_, day) => oneInSoMany(places, 6, 1000 + day));
  for (const sample of samples) expect(sample.length).toBeGreaterThanOrEqual(Math.max(1, Math.floor(count / 6)));
  expect(samples.flat().sort((one, other) => one - other)).toEqual(places);
});

test('a day that is no number ends the test, which would try nothing', () => {
  expect(() => oneInSoMany([1, 2], 6, Number('x'))).toThrow('SAMPLE_DAY must be a whole number');
});

const tried = (name: string, ...tags: readonly string[]) => ({ type: 'test' as const, name, fullName: name, mode: 'run', tags });
const group = (name: string, ...tasks: readonly ReturnType<typeof tried>[]) => ({
  type: 'suite' as const,
  name,
  fullName: name,
  tasks,
});

test('of the tests with a share another part is tried each day, of each suite some, and those without one always', () => {
  const [one, other] = ['one', 'other'].map((name) =>
    group(name, ...[1, 2, 3, 4].map((number) => tried(`${name} ${number}`, 'third')), tried(`${name} always`)),
  );
  const tests = [one, other].flatMap((suite) => suite?.tasks ?? []);
  const file = { type: 'suite' as const, name: 'a', fullName: 'a', tasks: [one, other].flatMap((suite) => suite ?? []) };
  const days = [0, 1, 2].map((day) => {
    const left = leftToOtherDays(file, 20_000 + day);
    return tests.filter((each) => !left.includes(each)).map(({ name }) => name);
  });
  for (const suite of ['one', 'other']) {
    const numbers = days.map((day) => day.filter((name) => name.startsWith(suite)).filter((name) => /\d/.test(name)));
    for (const ofDay of numbers) expect(ofDay).not.toEqual([]);
    // Each on one of the days.
    expect(numbers.flat().sort()).toEqual([1, 2, 3, 4].map((number) => `${suite} ${number}`));
    for (const day of days) expect(day).toContain(`${suite} always`);
  }
});

test('what was left already is no part of it', () => {
  const skipped = { ...tried('a', 'half'), mode: 'skip' };
  expect(leftToOtherDays({ ...group('g'), tasks: [skipped, tried('b', 'half')] }, 7)).toEqual([]);
});

test('each file that takes turns is there, in one group, and has its turn', () => {
  const files = TURNS.flat().map((name) => `test/${name}.test.ts`);
  expect(files.filter((file) => !existsSync(join(PROJECT, file)))).toEqual([]);
  expect(new Set(files).size).toBe(files.length);
  for (const file of files) expect(TURNS.filter((_, day) => !hasItsTurnLater(file, 20_000 + day))).toHaveLength(1);
  expect(hasItsTurnLater('test/guard/sample.test.ts', 1)).toBe(false);
});
