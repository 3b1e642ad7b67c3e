import type { Json } from './json.ts';
import { ODD_TEXTS } from './texts.ts';

/** A text of YAML, and whether its reader must find the very data that were written. */
export interface Written {
  readonly text: string;
  readonly isFaithful: boolean;
}

/** What nobody means but somebody writes where a value belongs. */
const TOKENS = [
  ...['0o17', '0x1F', '1:30', '1_000', '010', '+5', '.5e3', '1e400', '.inf', '-.INF', '.nan', '0b11', '1e3', '5.0', '-0'],
  ...['2020-01-01', '2001-12-14t21:59:43.10-05:00', '=', '<<', '~', 'NULL', 'Yes', 'off', 'y', 'N'],
  ...[
    '!!str 5',
    '!!int "5"',
    '!!float 1',
    '!!set {a, b}',
    '!!omap [a: 1]',
    '!!binary aGk=',
    '!!timestamp 2020-01-01',
    '!own x',
    '! 5',
    '!!null a',
    '!!bool yes',
  ],
  ...[
    '*none',
    '&a [*a]',
    '&a {x: *a}',
    '{<<: {a: 1}}',
    '{<<: [{a: 1}, {b: 2}]}',
    '[a, b',
    '{a: }',
    '{? a : b}',
    '? a',
    '- a',
    '@a',
    '`a`',
    '%a',
  ],
  ...[
    '"\\/"',
    '"\\ud83d\\ude00"',
    '"\\x41"',
    '"\\e"',
    '"\\N"',
    '"\\L"',
    '"\\_"',
    '"a\\\n  b"',
    "'it''s'",
    '"\\0"',
    '"\\U0001F600"',
    '"\\ud800"',
    '"',
  ],
  ...[
    '|\n   a\n   b\n',
    '>-\n   a\n\n   b\n',
    '|+\n   a\n\n',
    '|2\n     a',
    '| # comment\n   a',
    'a\n   b',
    'a #b',
    'a: b',
    '[a,b,]',
    '{a: 1, a: 2}',
    '{[a]: b}',
    '{1: a, 1.0: b}',
    '{null: a}',
    '{yes: a}',
    '',
  ],
  ...ODD_TEXTS.filter((text) => text !== '' && !text.includes('\n')),
];

/** Draws from a list of numbers, round and round; from an empty one always the plainest. */
class Choices {
  private readonly numbers: readonly number[];
  private at = 0;
  isFaithful = true;

  constructor(numbers: readonly number[]) {
    this.numbers = numbers;
  }

  /** One of `count` ways; 0 is the plainest. */
  draw(count: number): number {
    if (this.numbers.length === 0) return 0;
    return (this.numbers[this.at++ % this.numbers.length] ?? 0) % count;
  }

  pick<T>(items: readonly T[], plainest: T): T {
    return items[this.draw(items.length)] ?? plainest;
  }
}

/** Writes data as YAML in one of very many styles, which the numbers choose. */
export function writeYaml(data: Json, style: readonly number[]): Written {
  const choices = new Choices(style);
  const body = isEmpty(data) ? '{}\n' : block(data, '', choices);
  const before =
    choices.draw(24) === 1
      ? choices.pick(['---\n', '\ufeff', '%YAML 1.1\n---\n', '# a\n', '\n', '--- # a\n', '\t\n', '%TAG ! a\n---\n'], '')
      : '';
  const after = choices.draw(24) === 1 ? choices.pick(['...\n', '\n\n', '---\na: b\n', '# end', '\t\n', '\u0000'], '') : '';
  const text = `${before}${body}${after}`;
  return { text: choices.draw(24) === 1 ? text.replaceAll('\n', '\r\n') : text, isFaithful: choices.isFaithful };
}

/** What follows a key or a dash in block style, with the line's end: on the same line, or below and indented. */
function block(data: Json, indent: string, choices: Choices): string {
  if (typeof data !== 'object' || data === null) return scalar(data, indent, choices);
  if (isEmpty(data) || (indent !== '' && choices.draw(6) === 1)) return `${flow(data, choices)}${comment(choices)}\n`;
  const deeper = `${indent}${choices.draw(5) === 1 ? '    ' : '  '}`;
  const lines = Array.isArray(data)
    ? data.map((item: Json) => `${indent}-${below(item, deeper, choices)}`)
    : Object.entries(data).map(
        ([key, value]) =>
          `${indent}${isLong(key) ? `? ${quoted(key)}\n${indent}` : keyOf(key, choices)}:${below(value, deeper, choices)}`,
      );
  return lines.join('');
}

function below(value: Json, indent: string, choices: Choices): string {
  const text = block(value, indent, choices);
  const isBelow = typeof value === 'object' && value !== null && text.startsWith(indent);
  return isBelow ? `${comment(choices)}\n${text}` : `${choices.draw(30) === 1 ? '\t' : ' '}${text}`;
}

function comment(choices: Choices): string {
  if (choices.draw(20) !== 1) return '';
  return ` # ${choices.pick(ODD_TEXTS, '').replaceAll(/[\n\r\u0085\u2028\u2029]/g, ' ')}`;
}

function scalar(data: string | number | boolean | null, indent: string, choices: Choices): string {
  if (choices.draw(40) === 1) {
    choices.isFaithful = false;
    return `${choices.pick(TOKENS, '')}\n`;
  }
  if (typeof data === 'string' && choices.draw(6) === 1 && fitsBlock(data) && indent !== '') return literal(data, indent);
  return `${inline(data, choices)}${comment(choices)}\n`;
}

/** Whether the text can be a literal block: printable, and no line at its beginning or end that a block would read otherwise. */
function fitsBlock(text: string): boolean {
  return /^[!-~]([ -~\n]*[!-~])?\n*$/.test(text) && !/[ \t]\n/.test(text);
}

function literal(text: string, indent: string): string {
  const ends = /\n*$/.exec(text)?.[0].length ?? 0;
  const mark = ends === 0 ? '-' : ends === 1 ? '' : '+';
  const lines = text.slice(0, text.length - (ends > 0 ? 1 : 0)).split('\n');
  return `|${mark}\n${lines.map((line) => (line === '' ? '' : `${indent}${line}`)).join('\n')}\n`;
}

function inline(data: string | number | boolean | null, choices: Choices): string {
  if (typeof data === 'string') return text(data, choices);
  if (data === null) return choices.pick(['null', '~', 'Null', '!!null null'], 'null');
  if (typeof data === 'boolean')
    return choices.pick(data ? ['true', 'True', 'yes', 'on'] : ['false', 'FALSE', 'no', 'off'], String(data));
  return JSON.stringify(data);
}

function text(data: string, choices: Choices): string {
  switch (choices.draw(8)) {
    case 1:
      return /^[ -~]*$/.test(data) ? `'${data.replaceAll("'", "''")}'` : quoted(data);
    case 2:
      return isSafelyPlain(data) ? data : quoted(data);
    case 3:
      return plain(data, choices);
    case 4:
      return `!!str ${quoted(data)}`;
    case 5:
      return `"${[...data].map((character) => escaped(character)).join('')}"`;
    case 6:
      return JSON.stringify(data);
    default:
      return quoted(data);
  }
}

function isSafelyPlain(data: string): boolean {
  return /^[a-zA-Z][a-zA-Z_./-]*$/.test(data) && !/^(y|n|yes|no|on|off|true|false|null|e)$/i.test(data);
}

/** As it stands, whatever YAML makes of it. */
function plain(data: string, choices: Choices): string {
  if (data === '' || data.includes('\n')) return quoted(data);
  if (!isSafelyPlain(data)) choices.isFaithful = false;
  return data;
}

/** Between double quotes, with everything escaped that is not plainly printable. */
function quoted(data: string): string {
  return JSON.stringify(data).replaceAll(/[\u007f-\u00a0\u200b-\u200f\u2028-\u202e\ufeff\ufffe\uffff]/g, escaped);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return character.length > 1 ? character : units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

function keyOf(key: string, choices: Choices): string {
  const way = choices.draw(6);
  if (way === 1) return quoted(key);
  if (way === 2 && /^[ -~]*$/.test(key)) return `'${key.replaceAll("'", "''")}'`;
  // A key that YAML takes for something else must not pass as the text that it looks like, nor as another.
  return isSafelyPlain(key) || (way === 3 && /^[\w.:+-]+$/.test(key)) ? key : quoted(key);
}

/** A key of more characters is one only behind a question mark (YAML 1.2, 7.4). */
function isLong(key: string): boolean {
  return quoted(key).length > 1000;
}

function flow(data: Json, choices: Choices): string {
  if (typeof data !== 'object' || data === null) return typeof data === 'string' ? quoted(data) : inline(data, choices);
  if (Array.isArray(data)) return `[${data.map((item: Json) => flow(item, choices)).join(', ')}]`;
  return `{${Object.entries(data)
    .map(([key, value]) => `${isLong(key) ? '? ' : ''}${quoted(key)}${isLong(key) ? ' ' : ''}: ${flow(value, choices)}`)
    .join(', ')}}`;
}

function isEmpty(data: Json): boolean {
  return typeof data === 'object' && data !== null && Object.keys(data).length === 0;
}
