import { SingleBar } from 'cli-progress';

/** From how many steps on a progress bar is worth its place, unless a command says otherwise. */
const WORTH_A_BAR = 300;

export interface Progress {
  step(): void;
  stop(): void;
}

/** A progress bar on the terminal, for runs that are long enough to want one. */
export function startProgress(total: number, what: string, worth = WORTH_A_BAR): Progress {
  if (total < worth || !process.stderr.isTTY) return { step: () => undefined, stop: () => undefined };
  const bar = new SingleBar({ format: `{bar} {value}/{total} ${what}`, hideCursor: true, clearOnComplete: true });
  bar.start(total, 0);
  return { step: () => bar.increment(), stop: () => bar.stop() };
}

/** A progress bar that learns later how long it is. */
export function progressOf(what: string): Progress & { start(total: number): void } {
  let bar: Progress | undefined;
  return {
    start: (total) => (bar = startProgress(total, what, 2)),
    step: () => bar?.step(),
    stop: () => bar?.stop(),
  };
}
