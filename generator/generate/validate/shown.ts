/** The most characters of a value that are shown. */
const LONGEST = 60;

/** A value as a person would recognise it: JSON, on one line and not much of it. */
export function shown(value: unknown): string {
  const part = typeof value === 'string' ? value.slice(0, LONGEST + 1) : value;
  const text = part === undefined ? 'nothing' : JSON.stringify(part);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}
