import { printableLine } from '../generate/printable.ts';

/** Lines or names printed of each kind; a longer list tells nobody anything. */
const LISTED = 20;

/** Prints a line for each path, up to what somebody would read. */
export function printPaths(what: string, paths: readonly string[]): void {
  for (const path of paths.slice(0, LISTED)) console.log(printableLine(`${what} ${path}`));
  if (paths.length > LISTED) console.log(`${what} ... and ${paths.length - LISTED} more`);
}

/** The names, or how many there are beyond what a line holds. */
export function listNames(names: readonly string[]): string {
  return names.length <= LISTED ? names.join(', ') : `${names.slice(0, LISTED).join(', ')} and ${names.length - LISTED} more`;
}

/** `1 file`, `2 files` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
