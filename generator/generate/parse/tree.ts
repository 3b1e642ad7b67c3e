import type { Path } from '../problem.ts';
import type { Plain } from './scalars.ts';

/** A value of the file, with aliases and merges settled. What they bring is shared, and stands where it was written. */
export interface Tree {
  /** Where it stands: UTF-16 units from 0. */
  readonly offset: number;
  /** The keys and values in it, as often as aliases repeat them, and itself. */
  readonly size: number;
  /** How many maps and lists lie within each other. */
  readonly depth: number;
  readonly content: Content;
}

export type Content = { readonly scalar: Plain } | { readonly items: readonly Tree[] } | { readonly entries: Entries };
export type Entries = ReadonlyMap<string, Entry>;

export interface Entry {
  /** Where its key stands. */
  readonly offset: number;
  readonly value: Tree;
}

export function treeOf(offset: number, content: Content): Tree {
  const children = childrenOf(content);
  const keys = 'entries' in content ? children.length : 0;
  const size = children.reduce((sum, child) => sum + child.size, 1 + keys);
  const depth = children.reduce((most, child) => Math.max(most, child.depth), 0);
  return { offset, size, depth: 'scalar' in content ? 0 : depth + 1, content };
}

function childrenOf(content: Content): readonly Tree[] {
  if ('entries' in content) return [...content.entries.values()].map(({ value }) => value);
  return 'items' in content ? content.items : [];
}

/** The data, in which nothing is shared: a default that one place gets is not another's. */
export function dataOf({ content }: Tree): unknown {
  if ('scalar' in content) return content.scalar;
  if ('items' in content) return content.items.map(dataOf);
  return Object.fromEntries([...content.entries].map(([key, { value }]) => [key, dataOf(value)]));
}

/** Where the value at a path stands, or with `key` the key that leads to it; the nearest parent when it is not written. */
export function offsetAt(tree: Tree, path: Path, what: 'key' | 'value'): number {
  const [step, ...rest] = path;
  const child = step === undefined ? undefined : childAt(tree, step);
  if (!child) return tree.offset;
  return what === 'key' && rest.length === 0 ? child.offset : offsetAt(child.value, rest, what);
}

function childAt({ content }: Tree, step: string | number): Entry | undefined {
  if ('entries' in content) return content.entries.get(String(step));
  const item = 'items' in content && typeof step === 'number' ? content.items[step] : undefined;
  return item && { offset: item.offset, value: item };
}
