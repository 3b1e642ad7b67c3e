import type { Check } from '../server/checks.ts';
import { aside, finding, note, type Line } from './talk.ts';

/** A line for each check, with what is in the way and what is good to know. */
export function printChecks(checks: readonly Check[]): Line[] {
  return checks.flatMap(({ what, obstacles, notes }) => [
    aside(`${obstacles.length === 0 ? 'fine' : 'NOT'}: ${what}`),
    ...obstacles.map((each) => finding(`  ${each}`)),
    ...notes.map((each) => note(`  ${each}`)),
  ]);
}

export function isInTheWay(checks: readonly Check[]): boolean {
  return checks.some(({ obstacles }) => obstacles.length > 0);
}
