import { expect, test } from 'vitest';
import { printable, printableJson } from '../../generator/generate/printable.ts';

/** Characters that are seen, or stand in texts of many languages: signs of numbers in Arabic and the like. */
const SEEN = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{13430}-\u{1345f}\u{1bca0}-\u{1d17a}]/u;

const characters = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => code > 0 && (code < 0xd800 || code > 0xdfff))
  .map((code) => String.fromCodePoint(code));

const isHidden = (character: string): boolean => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(character) && !/[\t\n]/.test(character);

test('what controls, turns text around or is not seen is written out', () => {
  const shown = characters.filter(
    (character) => isHidden(character) && !SEEN.test(character) && printable(character) === character,
  );
  expect(shown.map(encodeURIComponent)).toEqual([]);
  expect(['\u3164', '\uffa0', '\u{e0041}'].map(printable)).toEqual([
    '\\xe3\\x85\\xa4',
    '\\xef\\xbe\\xa0',
    '\\xf3\\xa0\\x81\\x81',
  ]);
});

test('what people write stays', () => {
  const text = 'naïve Straße, ﬁ, 日本語, עברית, العربية, 한국어, ไทย, 🐘 and e\u0301\ttoo';
  expect(printable(text)).toBe(text);
});

test('a document of JSON shows none of these either, and says the same', () => {
  const text = `${characters.join('')}\n"\\`;
  const json = printableJson(JSON.stringify({ text }, null, 2));
  expect(JSON.parse(json)).toEqual({ text });
  expect(printable(json)).toBe(json);
});
