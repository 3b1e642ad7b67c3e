import type { TestContext } from 'vitest';
import type { Group, Tried } from './twins.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** How many places of its sweep a test left to a run of everything. */
    placesLeft?: number;
  }
}

/**
 * The day, as a number, of which `npm test` tries the part: set once for all processes by setup.ts, and printed at the end. Another day has another part, until all
 * had their turn; the next run of the same day tries again what failed. Random texts have seeds of their own, the same in every run.
 */
export const DAY = 'SAMPLE_DAY';

/** The test files that somebody changed, a line for each: set by setup.ts as well. */
export const CHANGED = 'CHANGED_TESTS';

/** What tests, suites or (by `@module-tag`) whole files are tagged with of which `npm test` tries one in so many each day. */
export const SHARES: Readonly<Record<string, number>> = { half: 2, third: 3, quarter: 4, sixth: 6 };

/**
 * Of all places at which a test tries the same, one in so many, from one on that the day and the test's name choose; all of them when VERSIONS
 * is `every`. For sweeps whose every place takes a run of the Job, or more.
 */
export function sampleOf<T>({ task }: TestContext, places: readonly T[], oneIn: number): T[] {
  if (process.env['VERSIONS'] === 'every') return [...places];
  const taken = oneInSoMany(places, oneIn, Number(process.env[DAY]) + task.name.length);
  task.meta.placesLeft = places.length - taken.length;
  return taken;
}

/** The tests of a file with a share that are left to other days. Of those of one suite with the same share some are always tried. */
export function leftToOtherDays<Test extends Tried>(group: Group<Test>, day: number): Test[] {
  const within = group.tasks.filter((task) => task.type === 'suite').flatMap((suite) => leftToOtherDays(suite, day));
  const tests = group.tasks.filter((task) => task.type === 'test').filter(({ mode }) => mode === 'run');
  const left = Object.entries(SHARES).flatMap(([share, oneIn]) => {
    const sharing = tests.filter(({ tags = [] }) => tags.includes(share));
    const taken = oneInSoMany(sharing, oneIn, day + group.fullName.length);
    return sharing.filter((test) => !taken.includes(test));
  });
  return [...within, ...left];
}

/** At least one of them; by as many neighbouring numbers, each of them once. */
export function oneInSoMany<T>(places: readonly T[], oneIn: number, number: number): T[] {
  if (!Number.isSafeInteger(number)) throw new Error(`${DAY} must be a whole number`);
  const step = Math.min(oneIn, places.length);
  return places.filter((_, place) => (place + number) % step === 0);
}
