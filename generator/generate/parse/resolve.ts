import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { findUnreadable } from './characters.ts';
import { MOST_LEVELS, nestsTooDeeply, REFUSED_TAG, type Flaw } from './flaw.ts';
import { resolvePlain, resolveTagged, type Plain } from './scalars.ts';
import { treeOf, type Content, type Entries, type Entry, type Tree } from './tree.ts';

/** What was read so far. An anchor is known from its place on, and has a tree once its value is read. */
interface Reading {
  readonly anchors: Map<string, { tree?: Tree }>;
  readonly flaws: Flaw[];
  /** Keys and values, and how many of them aliases brought. */
  total: number;
  borrowed: number;
}

/** The document with aliases and merges settled as Helm settles them, and what Helm would read in another way. */
export function resolveDocument({ contents }: Document): { readonly tree: Tree; readonly flaws: readonly Flaw[] } {
  const reading: Reading = { anchors: new Map(), flaws: [], total: 0, borrowed: 0 };
  const tree = resolveNode(reading, contents, 0);
  return { tree, flaws: reading.flaws };
}

/** `fallback` is the place of a value that is not written. */
function resolveNode(reading: Reading, node: unknown, fallback: number): Tree {
  if (isAlias(node)) return resolveAlias(reading, node);
  reading.total += 1;
  if (!isCarrier(node)) return treeOf(fallback, { scalar: null });
  const offset = startOf(node) ?? fallback;
  const opened: { tree?: Tree } = {};
  if (node.anchor !== undefined) reading.anchors.set(checkedName(reading, offset, node.anchor), opened);
  const tree = treeOf(offset, contentOf(reading, node, offset));
  // Every level adds one, so that of all that are too deep the innermost is told.
  if (tree.depth === MOST_LEVELS + 1) reading.flaws.push(nestsTooDeeply(offset));
  opened.tree = tree;
  return tree;
}

function isCarrier(node: unknown): node is Exclude<Node, Alias> {
  return isScalar(node) || isMap(node) || isSeq(node);
}

function startOf(node: Node): number | undefined {
  return node.range?.[0];
}

function contentOf(reading: Reading, node: Exclude<Node, Alias>, offset: number): Content {
  if (isScalar(node)) return { scalar: scalarOf(reading, node, offset) };
  if (node.tag !== undefined && node.tag !== (isMap(node) ? MAP : SEQ)) flawTag(reading, offset);
  if (isMap(node)) return { entries: entriesOf(reading, node, offset) };
  return { items: node.items.map((item) => resolveNode(reading, item, offset)) };
}

const MAP = 'tag:yaml.org,2002:map';
const SEQ = 'tag:yaml.org,2002:seq';

function scalarOf(reading: Reading, { value, tag, type }: Scalar, offset: number): Plain {
  const text = String(value);
  const meant = tag !== undefined ? resolveTagged(tag, text) : type === 'PLAIN' ? resolvePlain(text) : text;
  if (meant === undefined) flawTag(reading, offset);
  else if (typeof meant === 'number') checkNumber(reading, offset, meant);
  else if (typeof meant === 'string') checkText(reading, offset, meant);
  return meant ?? null;
}

function flawTag({ flaws }: Reading, offset: number): void {
  flaws.push({ offset, ...REFUSED_TAG });
}

function checkNumber({ flaws }: Reading, offset: number, number: number): void {
  if (isCarried(number)) return;
  const message = Number.isFinite(number) ? 'Helm keeps the sign of this zero' : 'this is no number that Helm can hand on';
  flaws.push({ offset, message, hint: 'Write another number, or a text between quotes.' });
}

function isCarried(number: number): boolean {
  return Number.isFinite(number) && !Object.is(number, -0);
}

/** What is written as an escape could be carried by nothing that reads the value further on. */
function checkText({ flaws }: Reading, offset: number, text: string): void {
  const found = findUnreadable(text);
  if (!found) return;
  flaws.push({ offset, message: `the character ${found.name} cannot be carried to Kubernetes unchanged`, hint: 'Leave it out.' });
}

function checkedName({ flaws }: Reading, offset: number, name: string): string {
  if (!/^[-\w]+$/.test(name)) {
    flaws.push({
      offset,
      message: `Helm does not read the anchor ${name}; its name must be letters from a to z, digits, _ and -`,
    });
  }
  return name;
}

function resolveAlias(reading: Reading, alias: Alias): Tree {
  const offset = startOf(alias) ?? 0;
  const name = checkedName(reading, offset, alias.source);
  const anchor = reading.anchors.get(name);
  const fits = anchor?.tree !== undefined && fitsIn(reading, anchor.tree);
  if (anchor?.tree && fits) return { ...anchor.tree, offset, size: anchor.tree.size + 1 };
  reading.flaws.push({ offset, ...refusedAlias(name, anchor) });
  return treeOf(offset, { scalar: null });
}

function refusedAlias(name: string, anchor: { tree?: Tree } | undefined): Omit<Flaw, 'offset'> {
  if (!anchor) return { message: `*${name} stands for the anchor &${name}, which is not above it` };
  if (!anchor.tree) return { message: `*${name} stands within its own anchor &${name}, which would hold itself` };
  return {
    message: `with what *${name} stands for, aliases bring more than Helm reads`,
    hint: 'Use fewer aliases within aliases.',
  };
}

/**
 * Whether Helm reads on after an alias for this: its reader (go-yaml, `allowedAliasRatio`) takes a file in which nearly everything comes from
 * aliases for an attack. What the alias brings is counted if it fits.
 */
function fitsIn(reading: Reading, { size }: Tree): boolean {
  const total = reading.total + 1 + size;
  const borrowed = reading.borrowed + size;
  const allowed = Math.min(0.98, Math.max(0.1, 0.98 - (0.89 * (total - 400_000)) / 3_600_000));
  if (borrowed > 100 && total > 1000 && borrowed > allowed * total) return false;
  reading.total = total;
  reading.borrowed = borrowed;
  return true;
}

function entriesOf(reading: Reading, map: YAMLMap, offset: number): Entries {
  const entries = new Map<string, Entry>();
  const own = new Set<string>();
  for (const pair of map.items) {
    if (isMerge(pair.key)) {
      merge(reading, entries, pair);
      continue;
    }
    const key = resolveNode(reading, pair.key, offset);
    const value = resolveNode(reading, pair.value, key.offset);
    const name = nameOf(reading, key);
    if (name === undefined) continue;
    if (own.has(name)) reading.flaws.push({ offset: key.offset, ...TWICE });
    own.add(name);
    entries.set(name, { offset: key.offset, value });
  }
  return entries;
}

const TWICE = { message: 'this key stands here twice', hint: 'Helm would silently take the last one; remove one of them.' };

function nameOf({ flaws }: Reading, { offset, content }: Tree): string | undefined {
  const scalar = 'scalar' in content ? content.scalar : undefined;
  if (typeof scalar === 'string') {
    if (lengthInHelm(scalar) > LONGEST_KEY) flaws.push({ offset, ...KEY_TOO_LONG });
    if (scalar === MERGE) flaws.push({ offset, ...KEY_MERGES });
    return scalar;
  }
  // Of such a number it is told already.
  if (typeof scalar === 'number' && !isCarried(scalar)) return undefined;
  flaws.push({ offset, message: `this key is ${kindOf(content)}; a key must be a text`, hint: 'Put it between quotes.' });
  return undefined;
}

/** Helm 3 reads as YAML what it wrote as JSON, and YAML finds the end of a key within so many characters (libyaml's simple keys). */
const LONGEST_KEY = 1024;
const KEY_TOO_LONG = {
  message: `this key is longer than Helm reads: at most ${LONGEST_KEY} characters, with the quotes around it and escapes`,
  hint: 'Make it shorter.',
};

const MERGE = '<<';
/** For the same reason; a key between quotes brings a map in there as well. */
const KEY_MERGES = { message: 'Helm 3 takes the key "<<" for a merge, even between quotes', hint: 'Give it another name.' };

/** How long Go writes it in JSON. */
function lengthInHelm(key: string): number {
  return JSON.stringify(key).replaceAll(/[<>&\u2028\u2029]/g, '\\u003c').length;
}

function kindOf(content: Content): string {
  if (!('scalar' in content)) return 'entries' in content ? 'a map' : 'a list';
  if (content.scalar === null) return 'empty (null)';
  return typeof content.scalar === 'number' ? `read as the number ${content.scalar}` : `read as ${content.scalar}`;
}

function isMerge(key: unknown): key is Scalar {
  return isScalar(key) && key.type === 'PLAIN' && key.value === MERGE && key.tag === undefined;
}

/** Helm lets what `<<` brings win over what stands above it, other readers do not; above everything else it means the same to all. */
function merge(reading: Reading, entries: Map<string, Entry>, { key, value }: Pair): void {
  const offset = isScalar(key) ? (startOf(key) ?? 0) : 0;
  const brought = mergedEntries(reading, resolveNode(reading, value, offset), isAlias(value));
  const doubled = [...brought.keys()].find((name) => entries.has(name));
  if (doubled !== undefined) {
    const message = `<< brings ${doubled}, which this map has already`;
    reading.flaws.push({ offset, message, hint: 'Put << above the fields of its map: they then win.' });
  }
  for (const [name, entry] of brought) entries.set(name, entry);
}

function mergedEntries({ flaws }: Reading, { content, offset }: Tree, isAliased: boolean): Map<string, Entry> {
  const sources = 'items' in content && !isAliased ? content.items : [{ content }];
  const maps = sources.flatMap((source) => ('entries' in source.content ? [source.content.entries] : []));
  if (maps.length < sources.length) flaws.push({ offset, message: '<< takes a map, an alias for one, or a list of these' });
  // Of a list the first wins.
  return new Map(maps.toReversed().flatMap((entries) => [...entries]));
}
