import { InputError } from '../generate/problem.ts';
import { count } from './lists.ts';

/** What the program's end tells a script: all is as it should be. */
export const OK = 0;

/** It did not work, or something is not as it must be. */
export const FAILED = 1;

/** Nothing is wrong, and there is something to do. */
export const SOMETHING_TO_DO = 2;

export type ExitCode = typeof OK | typeof FAILED | typeof SOMETHING_TO_DO;

/** A command's action for commander: runs it, and ends the program with the code that it gives. */
export function endingWith<Options>(run: (options: Options) => Promise<ExitCode>): (options: Options) => Promise<void> {
  return async (options) => {
    process.exitCode = await run(options);
  };
}

/** What went wrong, as a person wants to read it; an error of our own making keeps its stack. */
export async function explain(error: unknown): Promise<string> {
  if (error instanceof InputError) return `${error.message}\n\n${count(error.problems.length, 'problem')}; nothing was written.`;
  if (!(error instanceof Error)) return String(error);
  // Loaded here and not above: it brings the driver along, which most commands do without.
  const { explainServer } = await import('../server/session.ts');
  if (!('code' in error) && explainServer(error.message) === undefined) return error.stack ?? error.message;
  const message = `the server: ${error.message || Reflect.get(error, 'code')}`;
  const sentence = explainServer(message);
  return sentence === undefined ? message : `${message}\n${sentence}`;
}
