import { expect, test } from 'vitest';
import { isLate } from '../../generator/cluster/schedule.ts';

const DAY = 86_400_000;
const NOW = new Date('2026-11-29T12:00:00Z');

test.each([
  ['17 2 * * *', 2],
  ['*/15 * * * ?', 2],
  ['17 2 * * mon-fri', 8],
  ['17 2 1 * *', 32],
  ['17 2 1 * sun', 8],
  ['17 2 1 jan *', 367],
  ['@hourly', 2],
  ['@weekly', 8],
  ['@yearly', 367],
  ['@every 36h30m', 2.5],
  ['@every 90m', 2],
])('%s is late after %d days', (schedule, days) => {
  const ago = (time: number): string => new Date(NOW.getTime() - time).toISOString();
  expect([isLate(schedule, ago(days * DAY - 1000), NOW), isLate(schedule, ago(days * DAY + 1000), NOW)]).toEqual([false, true]);
});

test('one of which nobody knows when it was made is not', () => {
  expect(isLate('@daily', '', NOW)).toBe(false);
});
