import { COLON, QUOTE } from './advice.ts';
import type { CST } from 'yaml';
import { MOST_LEVELS, nestsTooDeeply, type Flaw } from './flaw.ts';
import { walkAll, type Placed } from './walk.ts';

/** The first place that lies in too many maps and lists: to be known before anything is made of the tokens. */
export function findTooDeep(tokens: readonly CST.Token[]): Flaw | undefined {
  for (const { token, depth } of walkAll(tokens)) if (depth > MOST_LEVELS) return nestsTooDeeply(token.offset);
  return undefined;
}

/** What is YAML, but Helm's parser reads differently, or not at all. */
export function flawsOfTokens(text: string, tokens: readonly CST.Token[]): Flaw[] {
  const end = tokens.find(({ type }) => type === 'doc-end');
  const isEmpty = !tokens.some((token) => token.type === 'document' && token.value);
  const flaws: Flaw[] = end && isEmpty ? [{ offset: end.offset, ...NOTHING_ENDS }] : [];
  for (const placed of walkAll(tokens)) flaws.push(...flawsOf(text, placed));
  return flaws;
}

function flawsOf(text: string, { token, inBrackets }: Placed): Flaw[] {
  const { offset } = token;
  switch (token.type) {
    case 'directive':
      return [{ offset, message: 'Helm does not read a line that begins with %', hint: 'Remove it.' }];
    case 'doc-start':
      return /^---[ \t]*(#.*)?\r?(\n|$)/.test(text.slice(offset)) ? [] : [{ offset, ...CONTENT_BEHIND }];
    case 'space':
      return token.source.includes('\t') && !inBrackets && isIndentation(text, offset) ? [{ offset, ...TAB }] : [];
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
      return isClosed(token) ? flawsOfEscapes(token) : [{ offset, ...UNCLOSED }];
    case 'block-scalar':
      return flawsOfBlock(text, token);
    case 'block-map':
    case 'flow-collection':
      return token.items.flatMap((item) => flawsOfPair(text, item, token.type === 'flow-collection'));
    case 'scalar':
      return inBrackets && /^:|\?/.test(token.source) ? [{ offset, ...UNQUOTED }] : [];
    default:
      return [];
  }
}

const CONTENT_BEHIND = { message: 'Helm does not read what stands in one line with ---', hint: 'Write it into the next line.' };
const NOTHING_ENDS = { message: 'Helm does not read this end of a document with nothing in it', hint: 'Remove the line ....' };
const KEY_OF_LINES = { message: 'Helm does not read a key of several lines', hint: 'Write it in one line.' };
const GLUED = { message: 'Helm takes this : for a part of the text before it', hint: 'Write a blank after it.' };
const ASKEW = { message: 'the ? of this key and its : do not stand below each other', hint: 'Write the key without ?.' };
const COLON_MISSING = { message: 'the YAML does not parse: there is no : before this value', hint: COLON };
const UNCLOSED = { message: 'the YAML does not parse: the quote that begins here is not closed', hint: QUOTE };
const TAB = { message: 'a tab has no place here', hint: 'Write blanks.' };
const CUT_OFF = { message: 'this text ends with the file, in the middle of its line', hint: 'End the file with a line feed.' };
const BLANKS_BELOW = { message: 'blanks stand alone in the lines below this text', hint: 'Empty these lines.' };
const EMPTY_LINE = { message: 'Helm reads an empty line after \\ differently', hint: 'Write \\n where a line ends.' };
const UNQUOTED = { message: 'Helm does not read this text without quotes between brackets', hint: 'Put it between quotes.' };

/** At the beginning of a line, and after `-` and `?`, white space says how deep something stands. */
function isIndentation(text: string, offset: number): boolean {
  return /(^ *:?|[-?]) *$/.test(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset));
}

/** The library takes a quote that is only written, as '' or \", for the closing one where a text breaks off. */
function isClosed({ type, source }: CST.FlowScalar): boolean {
  const inside = source.slice(1, -1);
  const left =
    type === 'single-quoted-scalar' ? /'/.test(inside.replaceAll("''", '')) : /["\\]/.test(inside.replaceAll(/\\[^]/g, ''));
  return source.length > 1 && source.startsWith(source.slice(-1)) && !left;
}

/** What JSON can escape and Helm's reader cannot; and an escaped end of a line before an empty one, whose line feed only one keeps. */
function flawsOfEscapes({ type, source, offset }: CST.FlowScalar): Flaw[] {
  if (type === 'single-quoted-scalar') return [];
  return [...source.matchAll(/\\(\/|u[dD][89a-fA-F]..|\r?\n[ \t]*\r?\n|[^])/g)]
    .filter(([, escaped = '']) => escaped === '/' || escaped.length > 1)
    .map(({ 0: escape, index }) => ({ offset: offset + index, ...(/\n/.test(escape) ? EMPTY_LINE : unknownEscape(escape)) }));
}

function unknownEscape(escape: string): Omit<Flaw, 'offset'> {
  return { message: `Helm does not read the escape ${escape}`, hint: 'Write the character itself.' };
}

function flawsOfBlock(text: string, { props, source, offset }: CST.BlockScalar): Flaw[] {
  const header = props.map((prop) => ('source' in prop ? prop.source : '')).join('');
  const [style = ''] = header.split(/[\s#]/, 1);
  // Helm's reader ends such a text without the line feed that YAML says it has.
  if (!style.includes('-') && source !== '' && !source.endsWith('\n')) return [{ offset, ...CUT_OFF }];
  if (!/\d/.test(style) && /^( *\r?\n)* *\t/.test(source)) return [{ offset, ...TAB }];
  const [below = ''] = /^([ \t]*\r?\n)*/.exec(text.slice(offset + header.length + source.length)) ?? [];
  return hasBlanksBelow(style, source + below) ? [{ offset, ...BLANKS_BELOW }] : [];
}

/** Whether the blanks of an empty last line may belong to the text: Helm's reader and the library disagree about them. */
function hasBlanksBelow(style: string, source: string): boolean {
  const saysItsIndentation = /\d/.test(style);
  if (source.trim() === '') return saysItsIndentation && / /.test(source);
  const least = saysItsIndentation ? 0 : source.slice(source.lastIndexOf('\n', source.search(/\S/)) + 1).search(/\S/);
  const [, ...below] = source.slice(source.trimEnd().length).split('\n');
  return /[->\d]/.test(style) && below.some((line) => line.replace('\r', '').length > least);
}

function flawsOfPair(text: string, { start, key, sep, value }: CST.CollectionItem, inBrackets: boolean): Flaw[] {
  const colon = sep?.find(({ type }) => type === 'map-value-ind');
  // The library drops a value without its colon.
  if (key && value && !colon) return [{ offset: value.offset, ...COLON_MISSING }];
  if (!key || !colon) return [];
  const mark = start.find(({ type }) => type === 'explicit-key-ind');
  const { offset } = key;
  if (mark) return inBrackets || isBelow(text, mark.offset, colon.offset) ? [] : [{ offset, ...ASKEW }];
  if (text.slice(offset, colon.offset).includes('\n')) return [{ offset, ...KEY_OF_LINES }];
  const isGlued = inBrackets && key.type === 'scalar' && /[,[\]{}]/.test(text.charAt(colon.offset + 1));
  return isGlued ? [{ offset: colon.offset, ...GLUED }] : [];
}

function isBelow(text: string, above: number, below: number): boolean {
  const column = (offset: number): number => offset - text.lastIndexOf('\n', offset);
  return column(above) === column(below);
}
