import type { YAMLError } from 'yaml';

type Said = Pick<YAMLError, 'code' | 'message'>;

const UNCLOSED = 'Close it, or indent its lines further than the one in which it begins.';
export const COLON = 'Behind a name stand a colon and a blank: "name: value".';
export const QUOTE = 'Close the text with the quote that it begins with, perhaps on a line before this.';
const SIGNS = 'Signs such as &, * and ! mean something at the beginning of a text: put one that begins so between quotes.';

/** What to do about an error of the reader of YAML, by its code, and by its words where a code stands for several. */
const ADVICE: readonly [YAMLError['code'], RegExp, string][] = [
  ['TAB_AS_INDENT', /./, 'Indent with spaces; most editors do that for .yaml files by themselves.'],
  ['BAD_INDENT', /end with a/, UNCLOSED],
  ['BAD_INDENT', /./, 'Indent it as far as what it stands beside.'],
  ['MISSING_CHAR', /end with a/, UNCLOSED],
  ['MISSING_CHAR', /closing/, QUOTE],
  ['MISSING_CHAR', /Missing ,/, 'Put a comma between them.'],
  ['MISSING_CHAR', /space/, 'Put a blank between them.'],
  ['MISSING_CHAR', /without -/, 'Begin it with a dash and a blank, as the others of its list.'],
  ['MISSING_CHAR', /./, COLON],
  ['MULTILINE_IMPLICIT_KEY', /./, COLON],
  [
    'BLOCK_AS_IMPLICIT_KEY',
    /./,
    'Put what belongs below it on lines of its own, indented, and a text that has a colon between quotes.',
  ],
  ['BLOCK_IN_FLOW', /./, 'Between brackets write { name: value } and [a, b], without dashes.'],
  ['BAD_SCALAR_START', /./, 'Put the text between quotes.'],
  ['BAD_DQ_ESCAPE', /./, 'Write \\\\ for a backslash, or put the text between single quotes.'],
  ['UNEXPECTED_TOKEN', /header/, 'Behind | or > the text begins on the next line.'],
  ['UNEXPECTED_TOKEN', /./, 'Take it away; a text that has such signs in it stands between quotes.'],
  ['IMPOSSIBLE', /./, 'Take away what stands there, or put it on a line of its own.'],
  ['BAD_DIRECTIVE', /./, 'Leave out the line that begins with %.'],
  ['KEY_OVER_1024_CHARS', /./, 'Write a shorter name.'],
  ['ALIAS_PROPS', /./, SIGNS],
  ['BAD_ALIAS', /./, SIGNS],
  ['BAD_PROP_ORDER', /./, SIGNS],
  ['MULTIPLE_ANCHORS', /./, SIGNS],
  ['MULTIPLE_TAGS', /./, SIGNS],
];

export function adviceOn({ code, message }: Said): string | undefined {
  return ADVICE.find(([of, words]) => of === code && words.test(message))?.[2];
}
