import type { Command } from 'commander';
import { InputError } from '../generate/problem.ts';
import { explainServer } from '../server/session.ts';
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

/** Runs the command that the arguments name. Whatever it throws is explained here, and nowhere else. */
export async function runCommandLine(program: Command): Promise<void> {
  process.stdout.on('error', endQuietly);
  try {
    await program.parseAsync();
  } catch (error) {
    console.error(explain(error));
    process.exitCode = FAILED;
  }
}

/** Whoever reads may stop reading: `… | head`. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

/** What went wrong, as a person wants to read it; an error of our own making keeps its stack. */
function explain(error: unknown): string {
  if (error instanceof InputError) return `${error.message}\n\n${count(error.problems.length, 'problem')}; nothing was written.`;
  if (!(error instanceof Error)) return String(error);
  if ('code' in error || explainServer(error.message) !== undefined) return explainDriver(error);
  return error.stack ?? error.message;
}

/** What the driver throws, with the sentence for a server that is not well. */
function explainDriver(error: Error): string {
  const message = `the server: ${error.message || Reflect.get(error, 'code')}`;
  const sentence = explainServer(message);
  return sentence === undefined ? message : `${message}\n${sentence}`;
}
