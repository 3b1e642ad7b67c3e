import { isMap, isPair, isScalar, parseDocument, stringify, type Pair, type YAMLMap } from 'yaml';

/*
 * values.yaml is edited as text, at the places of its nodes: comments, order and quotes stay as they are, which they do not when a library
 * writes the whole file again. Each function gives the new text, or undefined where the text has a form that it does not know; whether the new
 * text says what it should is for the caller to read.
 */

/** The steps to a map of the values. */
export type Steps = readonly string[];

/** The text with a new entry: at the end of a map, or first in one that is written between braces. */
export function withEntry(text: string, steps: Steps, name: string, value: object | string | number): string | undefined {
  const node = parseDocument(text).getIn(steps, true);
  const entry = `${inlineYaml(name)}: ${inlineYaml(value)}`;
  if (!isMap(node) || node.items.length === 0) return fillEmpty(text, steps, entry);
  return node.flow ? insertInFlow(text, node, entry) : insertInBlock(text, node, entry);
}

/** The text in which an entry of a map has this value, whether the entry, or any map that leads to it, stands there or not. */
export function withValue(text: string, steps: Steps, name: string, value: string | number): string | undefined {
  const map = parseDocument(text).getIn(steps, true);
  const place = isMap(map) ? placesOf(text, map).find((each) => each.name === name) : undefined;
  if (place) return `${text.slice(0, place.colon)}: ${inlineYaml(value)}${text.slice(place.value).replace(/^#/, ' #')}`;
  const depth = steps.findIndex((_, index) => !parseDocument(text).hasIn(steps.slice(0, index + 1)));
  if (depth < 0) return withEntry(text, steps, name, value);
  const [missing = '', ...below] = steps.slice(depth);
  const entry = below.reduceRight<object>((inner, step) => ({ [step]: inner }), { [name]: value });
  return withEntry(text, steps.slice(0, depth), missing, entry);
}

/** The text without an entry of a map, nor the comments right above it. */
export function withoutEntry(text: string, steps: Steps, name: string): string | undefined {
  const map = parseDocument(text).getIn(steps, true);
  if (!isMap(map) || map.flow) return undefined;
  const place = placesOf(text, map).find((each) => each.name === name);
  if (!place) return undefined;
  const rest = `${text.slice(0, startOfComments(text, place.line))}${text.slice(place.end)}`;
  return map.items.length > 1 ? rest : fillEmpty(rest, steps, '');
}

/** The text in which an entry of a map has another name. */
export function withName(text: string, steps: Steps, name: string, other: string): string | undefined {
  const map = parseDocument(text).getIn(steps, true);
  const place = isMap(map) ? placesOf(text, map).find((each) => each.name === name) : undefined;
  return place && `${text.slice(0, place.start)}${inlineYaml(other)}${text.slice(place.colon)}`;
}

/** An edited text with the line ends of what it was made of, where all of these are as Windows has them. */
export function withLineEndsOf(source: string, edited: string): string {
  const bare = /(?<!\r)\n/g;
  return source.includes('\r\n') && !bare.test(source) ? edited.replace(bare, '\r\n') : edited;
}

function insertInFlow(text: string, map: YAMLMap, entry: string): string | undefined {
  const start = (map.range?.[0] ?? 0) + 1;
  return `${text.slice(0, start)} ${entry},${/^\s/.test(text.slice(start)) ? '' : ' '}${text.slice(start)}`;
}

function insertInBlock(text: string, map: YAMLMap, entry: string): string | undefined {
  const last = placesOf(text, map).at(-1);
  if (!last) return undefined;
  const before = text.slice(0, last.end);
  return `${before}${before.endsWith('\n') ? '' : '\n'}${text.slice(last.line, last.start)}${entry}\n${text.slice(last.end)}`;
}

/** Writes the only entry of a map, or none, where nothing stands: `services:`, `services: {}`, or no such line. */
function fillEmpty(text: string, steps: Steps, entry: string): string | undefined {
  const name = steps.at(-1) ?? '';
  const parent = parseDocument(text).getIn(steps.slice(0, -1), true);
  const place = isMap(parent) ? placesOf(text, parent).find((each) => each.name === name) : undefined;
  const isOnTop = steps.length === 1;
  const value = entry === '' ? ' {}' : isOnTop ? `\n  ${entry}` : ` { ${entry} }`;
  if (place) return `${text.slice(0, place.colon)}:${value}${text.slice(place.value)}`;
  return isOnTop ? `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${name}:${value}\n` : undefined;
}

/** A text or data in one line, quoted as it must be for readers to whom yes and 010 are no texts. */
export function inlineYaml(value: object | string | number): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, version: '1.1' }).trim();
}

/** Where an entry of a map stands in the text. */
interface Place {
  readonly name: string;
  /** Where the line of its key begins, the key itself, and what follows the key. */
  readonly line: number;
  readonly start: number;
  readonly colon: number;
  /** Behind its value, and behind the last line of it. */
  readonly value: number;
  readonly end: number;
}

function placesOf(text: string, map: YAMLMap): Place[] {
  return map.items.filter((item): item is Pair => isPair(item)).flatMap((pair) => placeOf(text, pair));
}

function placeOf(text: string, { key, value }: Pair): Place[] {
  if (!isScalar(key) || !key.range) return [];
  const [start, colon] = key.range;
  const range: unknown = typeof value === 'object' && value !== null && 'range' in value ? value.range : undefined;
  const last = Math.max(text.indexOf(':', colon) + 1, Array.isArray(range) ? Number(range[1]) : 0);
  const end = text[last - 1] === '\n' ? last : endOfLine(text, last);
  return [{ name: String(key.value), line: text.lastIndexOf('\n', start - 1) + 1, start, colon, value: last, end }];
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end + 1;
}

/** Where the comments begin that stand right above a line that is indented. */
function startOfComments(text: string, line: number): number {
  const comments = /(?:^[ \t]+#.*\r?\n)+$/m.exec(text.slice(0, line));
  return comments && comments.index + comments[0].length === line ? comments.index : line;
}
