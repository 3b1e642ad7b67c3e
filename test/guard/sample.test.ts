import { expect, test } from 'vitest';
import { oneInSoMany } from '../tools/sample.ts';

/* What `npm test` takes of a sweep is never nothing, and whoever runs it often enough has tried all of it. */
test.each([[94], [7], [6], [5], [1]])('of %i places one in six is taken, another by each seed', (count) => {
  const places = Array.from({ length: count }, (_, place) => place);
  const samples = Array.from({ length: Math.min(6, count) }, (_, seed) => oneInSoMany(places, 6, 1000 + seed));
  for (const sample of samples) expect(sample.length).toBeGreaterThanOrEqual(Math.max(1, Math.floor(count / 6)));
  expect(samples.flat().sort((one, other) => one - other)).toEqual(places);
});

test('a seed that is no number ends the test, which would try nothing', () => {
  expect(() => oneInSoMany([1, 2], 6, Number('x'))).toThrow('SEED must be a whole number');
});
