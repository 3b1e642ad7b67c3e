import type { TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** How many places of its sweep a test left to a run of everything. */
    placesLeft?: number;
  }
}

/** Of which places a run tries a part: chosen once for all processes by setup.ts, and printed at the end. Random texts have seeds of their own, the same in every run. */
export const SEED = 'PLACES_SEED';

/**
 * Of all places at which a test tries the same, one in so many, from one on that the seed and the test's name choose; all of them when VERSIONS
 * is `every`. For sweeps whose every place takes a run of the Job, or more.
 */
export function sampleOf<T>({ task }: TestContext, places: readonly T[], oneIn: number): T[] {
  if (process.env['VERSIONS'] === 'every') return [...places];
  const taken = oneInSoMany(places, oneIn, Number(process.env[SEED]) + task.name.length);
  task.meta.placesLeft = places.length - taken.length;
  return taken;
}

/** At least one of them; by as many neighbouring numbers, each of them once. */
export function oneInSoMany<T>(places: readonly T[], oneIn: number, number: number): T[] {
  if (!Number.isSafeInteger(number)) throw new Error(`${SEED} must be a whole number`);
  const step = Math.min(oneIn, places.length);
  return places.filter((_, place) => (place + number) % step === 0);
}
