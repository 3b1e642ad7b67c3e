import { nodeAt, nodesOf, textAt, type Node, type Typed } from '../tree.ts';

/** What a statement may name that must be there. */
export type Kind = 'schema' | 'relation' | 'type' | 'function' | 'operatorClass';

/** A name, with its schema where that was said. */
export interface Name {
  readonly schema: string;
  readonly name: string;
}

/** The name in a list of its parts; what stands before the schema is the database. */
export function nameOf(list: unknown): Name {
  const [name = '', schema = ''] = nodesOf(list)
    .map((part) => textAt(part, 'sval'))
    .reverse();
  return { schema, name };
}

/** The name of a RangeVar. */
export function relationIn(node: Node): Name {
  return { schema: textAt(node, 'schemaname'), name: textAt(node, 'relname') };
}

export function nameText({ schema, name }: Name): string {
  return schema === '' ? name : `${schema}.${name}`;
}

/** The RangeVar of the relation that a statement makes. */
export function relationMadeBy({ type, node }: Typed): Node | undefined {
  if (type === 'CreateStmt') return nodeAt(node, 'relation');
  if (type === 'CreateForeignTableStmt') return nodeAt(nodeAt(node, 'base'), 'relation');
  if (type === 'ViewStmt') return nodeAt(node, 'view');
  if (type === 'CreateSeqStmt') return nodeAt(node, 'sequence');
  if (type === 'CompositeTypeStmt') return nodeAt(node, 'typevar');
  const into = nodeAt(node, type === 'SelectStmt' ? 'intoClause' : 'into');
  return ['SelectStmt', 'CreateTableAsStmt'].includes(type) && 'rel' in into ? nodeAt(into, 'rel') : undefined;
}
