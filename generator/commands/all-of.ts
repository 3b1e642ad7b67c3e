/** Waits for all, which run side by side. Throws what the first of them threw, in their order and not in time, when none runs any more. */
export async function allOf<T extends readonly unknown[] | []>(acts: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(acts);
  return Promise.all(acts);
}
