import { LISTED } from '../generate/lists.ts';
import { printableLine } from '../generate/printable.ts';

/** Prints a line for each path, up to what somebody would read. */
export function printPaths(what: string, paths: readonly string[]): void {
  for (const path of paths.slice(0, LISTED)) console.log(printableLine(`${what} ${path}`));
  if (paths.length > LISTED) console.log(`${what} ... and ${paths.length - LISTED} more`);
}

/** `1 file`, `2 files` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
