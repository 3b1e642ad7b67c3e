import { LISTED } from '../generate/lists.ts';
import { printableLine } from '../generate/printable.ts';

/** A line for each path, up to what somebody would read. */
export function linesOfPaths(what: string, paths: readonly string[]): string[] {
  const more = paths.length - LISTED;
  return [
    ...paths.slice(0, LISTED).map((path) => printableLine(`${what} ${path}`)),
    ...(more > 0 ? [`${what} ... and ${more} more`] : []),
  ];
}

/** `1 file`, `2 files` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
