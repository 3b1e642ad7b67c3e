/** What ends a command from outside: Ctrl-C, another program, the terminal that closes. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Thrown when somebody ends a command that would have gone on. */
export class Interruption extends Error {}

/**
 * Waits for some work, but no longer than until somebody ends the command: then it throws Interruption, so that what was started can be
 * stopped. What becomes of the work then is nobody's business, and a second signal ends the program at once.
 */
export async function orInterrupted<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  let interrupt = (): void => undefined;
  const interrupted = new Promise<never>((_, reject) => (interrupt = () => reject(new Interruption('ended from outside'))));
  for (const signal of SIGNALS) process.once(signal, interrupt);
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
