import { closest, distance } from 'fastest-levenshtein';

/** Longer than any name, so that no typing error made it of one; and to compare a book takes its time. */
const LONGEST = 100;

/** Of the known names the one that somebody may have meant, if one is near enough. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const found = known.length > 0 && name.length <= LONGEST ? closest(name, known) : '';
  return found !== '' && distance(name, found) <= Math.max(2, name.length / 3) ? found : undefined;
}
