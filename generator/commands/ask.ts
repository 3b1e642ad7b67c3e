import { createInterface } from 'node:readline/promises';
import { InputError } from '../generate/problem.ts';
import { printable } from '../generate/printable.ts';
import type { PlannedStatement } from '../server/plan.ts';
import { paint } from './paint.ts';
import { linesOf, sentenceOn } from './plan-lines.ts';

/** For so long a question stands; other runs wait meanwhile. */
const PATIENCE = 5 * 60_000;

/** Shows on a terminal what would be lost, and asks. Throws InputError for any other answer than yes, and where nobody can be asked. */
export async function ask(dangers: readonly PlannedStatement[]): Promise<void> {
  for (const danger of dangers) console.error(paint('finding', printable(linesOf(danger)), process.stderr));
  if (process.stdin.isTTY && (await answer(`${sentenceOn(dangers)}. Is that meant? [y/N] `))) return;
  const hint = 'Write --yes if that is meant; the lines above say what is lost.';
  throw new InputError([{ file: 'apply', message: `${sentenceOn(dangers)}, which nobody confirmed`, hint }]);
}

/** Asks on a terminal; anything but yes, and silence, is no. */
export async function answer(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question, { signal: AbortSignal.timeout(PATIENCE) })).trim());
  } catch {
    return false;
  } finally {
    terminal.close();
  }
}
