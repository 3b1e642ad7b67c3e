import { printable } from '../generate/printable.ts';
import { formatProblem, InputError } from '../generate/problem.ts';
import { codeOf, reasonOf } from '../generate/read/reasons.ts';
import { LaptopError } from '../laptop/laptop-error.ts';
import { count } from './lists.ts';

/** What the program's end tells a script: all is as it should be. */
export const OK = 0;

/** It did not work, or something is not as it must be. */
export const FAILED = 1;

/** Nothing is wrong, and there is something to do. */
export const SOMETHING_TO_DO = 2;

/** Somebody ended it: what a shell says of a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** One of these, or that of a program which was run. */
export type ExitCode = number;

/** A command's action for commander: runs it, and ends the program with the code that it gives. */
export function endingWith<Given extends unknown[]>(
  run: (...given: Given) => Promise<ExitCode>,
): (...given: Given) => Promise<void> {
  return async (...given) => {
    process.exitCode = await run(...given);
  };
}

/** Thrown when a server said no, or did not answer. The message is what a person reads. */
export class ServerError extends Error {}

/** What went wrong, as a person wants to read it: a server, or who answers in its place, may have said it to the terminal instead. */
export function explain(error: unknown): string {
  return printable(tell(error));
}

/** An error of our own making keeps its stack. */
function tell(error: unknown): string {
  if (error instanceof InputError) return `${error.message}\n\n${count(error.problems.length, 'problem')}; nothing was written.`;
  if (error instanceof ServerError || error instanceof LaptopError) return error.message;
  if (!(error instanceof Error)) return String(error);
  return explainFile(error) ?? error.stack ?? error.message;
}

/** A file that could not be used halfway, or that belongs to the project itself. */
function explainFile(error: Error): string | undefined {
  const { path, dest }: NodeJS.ErrnoException & { dest?: string } = error;
  const file = dest ?? path;
  if (file === undefined || codeOf(error) === undefined) return undefined;
  const hint = 'Mend that and run this again; it may be half done.';
  return formatProblem({ file, message: `it cannot be used: ${reasonOf(error)}`, hint });
}
