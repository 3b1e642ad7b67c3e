import { isRecord } from '../fields.ts';

/** A node of PostgreSQL's parse tree without its type, as libpg-query gives it: fields that are not set are left out. */
export type Node = Readonly<Record<string, unknown>>;

/** A node with its type. */
export interface Typed {
  readonly type: string;
  readonly node: Node;
}

/** Reads `{ <type>: {…} }`; undefined for anything else. */
export function readTyped(value: unknown): Typed | undefined {
  if (!isRecord(value)) return undefined;
  const [type, node] = Object.entries(value)[0] ?? [];
  return type !== undefined && isRecord(node) ? { type, node } : undefined;
}

/** The nodes of a list, without their types. */
export function nodesOf(list: unknown): Node[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  return items.map(readTyped).flatMap((typed) => (typed ? [typed.node] : []));
}

/** A field of a node, as a node. */
export function nodeAt(node: Node, field: string): Node {
  const value = node[field];
  return isRecord(value) ? value : {};
}

/** A field of a node, as a list; empty when it is none. */
export function listAt(node: Node, field: string): readonly unknown[] {
  const value = node[field];
  return Array.isArray(value) ? value : [];
}

/** A field of a node that holds another with its type, without that. */
export function innerAt(node: Node, field: string): Node {
  return readTyped(node[field])?.node ?? {};
}

/** A field of a node, as a text; empty when it is none. */
export function textAt(node: Node, field: string): string {
  const value = node[field];
  return typeof value === 'string' ? value : '';
}

/** The names in a list of names, each of one part or of several, of which the last one counts. */
export function namesOf(list: unknown): string[] {
  return nodesOf(list).map((node) => ('items' in node ? (namesOf(node['items']).at(-1) ?? '') : textAt(node, 'sval')));
}

/** The options of a statement, `{ DefElem: { defname, arg } }`, by their names; arguments without their types. */
export function optionsOf(list: unknown): ReadonlyMap<string, Node> {
  return new Map(nodesOf(list).map((option) => [textAt(option, 'defname'), innerAt(option, 'arg')]));
}

/** Whether an option is switched on: named alone, or with a truth. */
export function isOn(option: Node | undefined): boolean {
  if (option === undefined) return false;
  if ('boolval' in option) return option['boolval'] === true;
  return !('sval' in option) || !/^(false|off|0)$/i.test(textAt(option, 'sval'));
}

/** Whether a node is anywhere in a tree, itself included. */
export function holds(tree: unknown, isIt: (found: Typed) => boolean): boolean {
  if (Array.isArray(tree)) return tree.some((item) => holds(item, isIt));
  if (!isRecord(tree)) return false;
  return Object.entries(tree).some(([type, node]) => (isRecord(node) && isIt({ type, node })) || holds(node, isIt));
}
