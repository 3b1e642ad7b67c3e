/** Lines or names of each kind; a longer list tells nobody anything. */
export const LISTED = 20;

/** The names, or how many there are beyond what a line holds. */
export function listShort(names: readonly string[]): string {
  return names.length <= LISTED ? names.join(', ') : `${names.slice(0, LISTED).join(', ')} and ${names.length - LISTED} more`;
}
