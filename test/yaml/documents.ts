import { findUnreadable } from '../../generator/generate/parse/characters.ts';
import type { Random } from '../tools/random.ts';

/*
 * YAML as people write it, and as they do not: documents from a grammar of all forms of scalars, keys and structures, then some with
 * characters put in or taken out, which finds where two parsers part.
 */

const WORDS = [
  'y',
  'N',
  'yes',
  'no',
  'On',
  'OFF',
  'true',
  'False',
  'null',
  '~',
  '',
  '.inf',
  '-.INF',
  '.NaN',
  '<<',
  '=',
  'yEs',
  'nULL',
];
const NUMBERS = [
  '0',
  '-0',
  '+1',
  '-0.0',
  '5.',
  '.5',
  '1e3',
  '1E-3',
  'e1',
  '.e1',
  '1e400',
  '0o7',
  '0O7',
  '0x1F',
  '0b1',
  '0b-1',
  '012',
  '089',
];
const MORE_NUMBERS = [
  '1_000',
  '_1',
  '1_',
  '.5_0',
  '1:30',
  '190:20:30',
  '9007199254740993',
  '18446744073709551615',
  '18446744073709551616',
];
const DATES = ['2001-01-01', '2001-12-14t21:59:43.10-05:00', '2001-12-14 21:59:43', '2001-1-1'];
const TEXTS = ['a', 'x-y', 'a b', 'http://x:1', 'a#b', '-x', "it's", 'é', '😀', 'a.b'];
const ODD_TEXTS = [
  'a, b',
  'x]',
  'a #b',
  'x?',
  '?x',
  ':x',
  'x:',
  '%x',
  '@x',
  '`x',
  '"',
  '---',
  '...',
  '-',
  'a: b',
  '{',
  '\u00a0x',
];
const ESCAPES = ['\\n', '\\t', '\\"', '\\\\', '\\x41', '\\u00e9', '\\U0001F600', '\\_', '\\ ', '\\\n  '];
const ODD_ESCAPES = ['\\/', '\\ud83d\\ude00', '\\e', '\\0', '\\N', '\\L', '\\q'];
const TAGS = [
  '!!str',
  '!!int',
  '!!float',
  '!!bool',
  '!!null',
  '!!map',
  '!!seq',
  '!!set',
  '!!binary',
  '!!omap',
  '!!timestamp',
  '!x',
  '!',
];
const HEADERS = ['|', '>', '|-', '>-', '|+', '>+', '|1', '>2', '|2-', '>+1', '| # c', '|9'];
const NOISE = [
  '\t',
  ' ',
  '\n',
  '\r\n',
  ':',
  ': ',
  '- ',
  '? ',
  '#',
  ' #',
  ',',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '&a ',
  '*a',
  '!',
  '|',
  '>',
  '%',
  '\\',
  '---\n',
  '...\n',
  '\u00a0',
];

/** Where the library and Helm's parser were seen to part, or came close to it. */
export const SEEN_TO_DIFFER: readonly string[] = [
  ...[
    'a:\n  b: 1\n\t\n',
    'a:\n  b: 1\n \t\n  c: 2\n',
    '\t\na: 1\n',
    '\t# c\na: 1\n',
    'a:\n- \tx\n',
    '?\ta\n:\tb\n',
    'a: 1\n\t# c\n',
  ],
  ...['? a\n: \t\n', 'a: |\n  \tx\n', 'a: |\n  x\n  \ty\n', 'a: "x\n  \ty"\n', 'a: [\n\t1\n ]\n', 'a:\tb\n', 'a: b\t# c\n'],
  ...[
    '{a:}\n',
    'a: {"b":}\n',
    'a: [x:]\n',
    'a: {b: x?y}\n',
    'a: {b: ?x}\n',
    'a: {b: :x}\n',
    'a: {b:1}\n',
    'a: {"b":1}\n',
    'a: {b}\n',
  ],
  ...[
    'a: |\n x',
    'a: |-\n x',
    'a: >+\n x',
    'a: |\n x\n  ',
    'a: |2-\n     x\n     \n',
    'a: >1\n  x\n   \n',
    'a: >+1\n  \n',
    'a: |-\n x\n   \n',
  ],
  ...[
    'a:\n  b: |1\n     x\n      \n  c: 1\n',
    'a: |\n x\n   \n',
    'a: >\n x\n   \n y\n',
    'a: |9\n         x\n',
    'a: |0\n x\n',
    'a: |-1\n  x\n',
  ],
  ...[
    'a: "\\/"\n',
    'a: "\\ud83d\\ude00"\n',
    'a: "\\U0001F600"\n',
    'a: "x\\\n\n  y"\n',
    'a: "\\q"\n',
    "? 'a''\n: b\n",
    '- "a\\"\nb: c\n',
  ],
  ...[
    "? 'a'  <<\n",
    '\n #: a\n...\n',
    ' ? a\n  : b\n',
    'x] \n : a\n',
    '{"a\n b": c}\n',
    '{a\n b: c}\n',
    'a: [x]: y\n',
    '{: a}\n',
    ': a\n',
  ],
  ...[
    'a: &x {b: 1}\nc: {b: 2, <<: *x}\n',
    'c: {<<: {b: 1}, <<: {b: 2}}\n',
    'a: &x [{b: 1}]\nc: {<<: *x}\n',
    'c: {"<<": {b: 1}}\n',
  ],
  ...[
    'a: &x {b: 1}\nd: {b: 2, c: 2}\ne: {<<: [*x, {b: 3}], f: 1}\n',
    'c: {<<: [[]]}\n',
    'a: &x <<\nc: {*x : {b: 1}}\n',
    '<<: {a: 1}\n',
  ],
  ...[
    'a: &x [*x]\n',
    'a: &x [&x 1, *x]\nb: *x\n',
    'a: &x 1\nb: &x 2\nc: *x\n',
    'a: &x.y 1\nb: *x.y\n',
    'a: &x b\n*x : 1\n',
    'a: *x\n',
  ],
  ...[
    'a: !!int _1\n',
    'a: !!float 18446744073709551615\n',
    'a: !!int "5"\n',
    'a: !!int 5.0\n',
    'a: !!bool "yes"\n',
    'a: !!null ""\n',
    'a: !!str\n',
  ],
  ...[
    '{a: 1, a: 2}\n',
    '{1: a, "1": b}\n',
    '{yes: 1, true: 2}\n',
    '"007": 1\n"7": 2\n',
    '? [a]\n: 1\n',
    '  a: 1\n b: 2\n',
    'a: "x"#y\n',
  ],
];

/** A document of up to some twenty values. */
export function randomDocument(random: Random): string {
  const document = `${random.pick(['', 'k8: &a x\n', 'k8: &a { m: 1 }\n', 'k8: &a { m: 1 }\n', '---\nk8: &a { m: 1 }\n', '# c\n'])}${blockMap(random, '', 3)}${random.pick(['', '', '', '# c\n', '...\n', '\n'])}`;
  return random.once(3) ? disturbed(random, document) : document;
}

function disturbed(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  return `${text.slice(0, at)}${random.once(4) ? '' : random.pick(NOISE)}${text.slice(at + random.below(3))}`;
}

function blockMap(random: Random, indent: string, depth: number): string {
  return Array.from({ length: 1 + random.below(3) }, (_, index) => blockPair(random, indent, depth, index)).join('');
}

function blockPair(random: Random, indent: string, depth: number, index: number): string {
  if (random.once(16)) return `${indent}<<: ${random.once(3) ? flow(random, 1) : '*a'}\n`;
  if (random.once(25)) return `${indent}? ${scalar(random)}\n${indent}: ${scalar(random)}\n`;
  const key = `${random.once(20) ? '&k ' : ''}${random.once(20) ? scalar(random) : `k${index}`}`;
  return `${indent}${key}:${blockValue(random, indent, depth)}`;
}

function blockValue(random: Random, indent: string, depth: number): string {
  const property = `${random.once(10) ? ' &a' : ''}${random.once(40) ? ` ${random.pick(TAGS)}` : ''}`;
  const deeper = `${indent}${random.pick([' ', '  ', '    '])}`;
  if (depth > 0 && random.once(3)) return `${property}\n${blockMap(random, deeper, depth - 1)}`;
  if (depth > 0 && random.once(4)) return `${property}\n${blockList(random, random.once(2) ? deeper : indent, depth - 1)}`;
  if (random.once(5)) return `${property} ${blockText(random, deeper)}`;
  return `${property}${random.pick([' ', ' ', '  ', '\t'])}${random.once(3) ? flow(random, depth) : folded(random, deeper)}${random.pick(['', '', ' # c', ' '])}\n`;
}

function blockList(random: Random, indent: string, depth: number): string {
  return Array.from({ length: 1 + random.below(3) }, () => {
    if (depth > 0 && random.once(4)) return `${indent}- k: ${scalar(random)}\n${indent}  l: ${scalar(random)}\n`;
    return `${indent}-${blockValue(random, indent, depth)}`;
  }).join('');
}

function blockText(random: Random, indent: string): string {
  const lines = random.some(
    4,
    () =>
      `${random.pick([indent, indent, indent, `${indent} `, '', random.once(4) ? `${indent}\t` : indent])}${text(random)}${random.pick(['', ' '])}`,
  );
  return `${random.pick(HEADERS)}\n${lines.join('\n')}${random.once(8) ? '' : '\n'}`;
}

/** A scalar that may go on in the next line. */
function folded(random: Random, indent: string): string {
  return random.once(5)
    ? `${text(random)}${random.pick(['', ' '])}\n${random.pick(['', '\n'])}${indent}${plain(random)}`
    : scalar(random);
}

function plain(random: Random): string {
  return random.once(2) ? text(random) : random.pick([...WORDS, ...NUMBERS, ...MORE_NUMBERS, ...DATES]);
}

function text(random: Random): string {
  return random.pick(random.once(15) ? ODD_TEXTS : TEXTS);
}

function escape(random: Random): string {
  return random.once(3) ? 'x ' : random.pick(random.once(30) ? ODD_ESCAPES : ESCAPES);
}

function scalar(random: Random): string {
  switch (random.below(5)) {
    case 0:
      return random.once(2) ? `'${plain(random).replaceAll("'", "''")}'` : `"${random.some(3, () => escape(random)).join('')}"`;
    case 1:
      return random.once(3) ? '*a' : JSON.stringify(plain(random));
    default:
      return plain(random);
  }
}

function flow(random: Random, depth: number): string {
  if (depth === 0 || random.once(3)) return scalar(random);
  const property = random.once(16) ? '&a ' : '';
  const comma = random.pick([', ', ',', ' , ', ',\n      ']);
  if (random.once(2)) return `${property}[${random.some(3, () => flow(random, depth - 1)).join(comma)}]`;
  return `${property}{${random.some(3, (index) => flowPair(random, depth, index)).join(comma)}${random.pick(['', ' ', ','])}}`;
}

function flowPair(random: Random, depth: number, index: number): string {
  if (random.once(10)) return `<<: ${random.once(3) ? flow(random, depth - 1) : '*a'}`;
  if (random.once(15)) return scalar(random);
  return `${random.once(20) ? scalar(random) : `k${index}`}${random.pick([': ', ': ', ':', ' : '])}${flow(random, depth - 1)}`;
}

/** Everything short that might be a number or a word, and many longer ones. None has a part that YAML would take for structure. */
export function plainForms(random: Random, count: number): string[] {
  const short = '0178_.eE+-xobBaF~y'.split('');
  const forms = short.flatMap((first) => short.flatMap((second) => ['', ...short].map((third) => `${first}${second}${third}`)));
  const long = Array.from({ length: count }, () => numberLike(random));
  const all = new Set([...WORDS, ...NUMBERS, ...MORE_NUMBERS, ...DATES, ...forms, ...long]);
  return [...all].filter((form) => !/^-+$/.test(form));
}

function numberLike(random: Random): string {
  const digits = random.pick(['01', '01234567', '0123456789', '0123456789abcdefABCDEF', '0123456789_', '0123456789.eE+-_:']);
  const prefix = random.pick(['', '', '0', '-', '+', '.', '0x', '-0X', '0o', '0b', '-0b', '0b-', '1e', '1.']);
  return `${prefix}${Array.from({ length: 1 + random.below(random.once(4) ? 66 : 8) }, () => random.pick(digits)).join('')}`.replace(
    /:+$/,
    '',
  );
}

/** A text that something might take for something else. */
export function randomScalar(random: Random): string {
  return random.pick([...WORDS, ...NUMBERS, ...MORE_NUMBERS, ...DATES, ...TEXTS, ...ODD_TEXTS]);
}

/** A text of any characters that values.yaml may hold. */
export function randomText(random: Random): string {
  if (random.once(2)) return randomScalar(random);
  return random.some(random.once(20) ? 1500 : 12, () => character(random)).join('');
}

function character(random: Random): string {
  if (random.once(2)) return random.pick('\t\n "\'\\:#-?{}[],&*!|>%@`~<=');
  const code = random.below(random.pick([0x7f, 0x800, 0x10000, 0x110000]));
  const made = String.fromCodePoint(code);
  return findUnreadable(made) ? ' ' : made;
}
