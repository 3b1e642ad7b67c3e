import type { Library } from './library.ts';

/**
 * Where the statement begins and ends that has this character, between the semicolons around it: in characters from 0. Undefined where that is not known: the
 * scanner ends at what never ends, a semicolon may stand in a body or a rule, and data behind a COPY is no SQL.
 */
export function statementAround(
  text: string,
  character: number,
  { scanSync: scan }: Pick<Library, 'scanSync'>,
): readonly [from: number, to: number] | undefined {
  if (/\b(ATOMIC|RULE|STDIN)\b/i.test(text)) return undefined;
  const characters = [...text];
  const bytes = Buffer.from(text);
  const at = Buffer.byteLength(characters.slice(0, character).join(''));
  try {
    const ends = scan(text).tokens.flatMap(({ tokenName, end }) => (tokenName === 'ASCII_59' ? [end] : []));
    const before = ends.filter((end) => end <= at).at(-1) ?? 0;
    const behind = ends.find((end) => end > at) ?? bytes.length;
    return [lengthOf(bytes.subarray(0, before)), lengthOf(bytes.subarray(0, behind))];
  } catch {
    return undefined;
  }
}

function lengthOf(bytes: Uint8Array): number {
  return [...new TextDecoder().decode(bytes)].length;
}
