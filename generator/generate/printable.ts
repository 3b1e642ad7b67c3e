/**
 * A text without what would pass for something else on a terminal or in a log: control characters, those that turn text around
 * and those that nobody sees are written out, as bytes of UTF-8. The Job's say.awk has the same.
 */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, written);
}

/** The same for a text that is one line, as a file's name is. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', written);
}

/** A JSON text that says the same and has none of these characters. */
export function printableJson(json: string): string {
  const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replaceAll(UNPRINTABLE, (character) => character.replaceAll(/[^]/g, escape));
}

function written(character: string): string {
  return [...new TextEncoder().encode(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** Control characters, separators of lines, marks of direction, and what takes no room: joiners, fillers, tags. */
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex -- they are what it is about
  /[\u0001-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|[\u180b-\u180f]/gu;
