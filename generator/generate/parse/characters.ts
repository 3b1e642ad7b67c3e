/**
 * What one of the two who read this file takes for the end of a line and the other does not, and what YAML has no place for (YAML 1.1,
 * "Line break characters" and "Character set"): a comment for us could be a field for Helm. Blanks, tabs and line feeds are fine.
 */
// eslint-disable-next-line no-control-regex -- they are what it is about
const UNREADABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u;

/** The first such character of a text, by its name and its place (UTF-16 units from 0). */
export function findUnreadable(text: string): { readonly name: string; readonly index: number } | undefined {
  const found = UNREADABLE.exec(text);
  return found ? { name: nameOf(found[0]), index: found.index } : undefined;
}

function nameOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
