import { expect, test } from 'vitest';
import { nameMover } from '../../generator/server/move/ends.ts';

test('two databases whose long names begin alike have each a mover of its own', () => {
  const [one, other] = [nameMover(`${'d'.repeat(62)}1`), nameMover(`${'d'.repeat(62)}2`)];
  expect(one).not.toBe(other);
  expect(one.length).toBeLessThanOrEqual(63);
  expect(nameMover('d'.repeat(56))).toBe(`${'d'.repeat(56)}+moving`);
  expect(nameMover('d'.repeat(57)).length).toBeLessThanOrEqual(63);
});
