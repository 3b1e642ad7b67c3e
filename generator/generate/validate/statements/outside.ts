import { isRecord } from '../../fields.ts';
import { holds, innerAt, isOn, nodeAt, nodesOf, optionsOf, readTyped, textAt, type Node, type Typed } from '../tree.ts';
import type { Refusal } from './refusal.ts';

/** A table, or what has its form of name. */
interface Relation {
  readonly schema?: string;
  readonly name: string;
}

/** How a statement is run in a file that runs outside a transaction, and what a crash in the middle of it may leave. */
export interface Step {
  /** `atomic`: in one transaction with its row in the ledger. `alone`: outside. `always`: in every session, as it holds for no other. */
  readonly how: 'atomic' | 'alone' | 'always';
  /** The index that it makes CONCURRENTLY, and of which table. */
  readonly index?: { readonly name: string; readonly table: Relation };
  /** What it detaches CONCURRENTLY, and from what. */
  readonly partition?: { readonly of: Relation; readonly name: Relation };
  /** The index that it drops. */
  readonly drops?: Relation;
  /** It leaves indexes with names of its own. */
  readonly reindexes?: true;
}

/** How the statements of a file are run that runs outside a transaction. */
export function stepsOf(statements: readonly (Typed | undefined)[]): Step[] {
  return statements.map((statement) => (statement === undefined ? { how: 'atomic' } : stepOf(statement)));
}

function stepOf({ type, node }: Typed): Step {
  if (type === 'VariableSetStmt') return { how: 'always' };
  if (type === 'IndexStmt' && node['concurrent'] === true) {
    return { how: 'alone', index: { name: textAt(node, 'idxname'), table: relationOf(nodeAt(node, 'relation')) } };
  }
  if (type === 'DropStmt' && textAt(node, 'removeType') === 'OBJECT_INDEX')
    return { how: node['concurrent'] === true ? 'alone' : 'atomic', drops: droppedBy(node) };
  const detached = type === 'AlterTableStmt' ? detachedBy(node) : undefined;
  if (detached) return { how: 'alone', partition: { of: relationOf(nodeAt(node, 'relation')), name: detached } };
  if (type === 'ReindexStmt' && !isPlainReindex(node)) return { how: 'alone', reindexes: true };
  return { how: runsAlone(type, node) ? 'alone' : 'atomic' };
}

function detachedBy({ cmds }: Node): Relation | undefined {
  const parts = nodesOf(cmds).map((command) => innerAt(command, 'def'));
  const part = parts.find(({ concurrent }) => concurrent === true);
  return part && relationOf(nodeAt(part, 'name'));
}

/** One index, the first: PostgreSQL drops no more at once CONCURRENTLY. */
function droppedBy({ objects }: Node): Relation {
  const [first] = nodesOf(objects);
  const [name = '', schema = ''] = nodesOf(first?.['items'])
    .map((part) => textAt(part, 'sval'))
    .reverse();
  return { ...(schema === '' ? {} : { schema }), name };
}

function isPlainReindex(node: Node): boolean {
  const isOfOne = ['REINDEX_OBJECT_TABLE', 'REINDEX_OBJECT_INDEX'].includes(textAt(node, 'kind'));
  return isOfOne && !isOn(optionsOf(node['params']).get('concurrently'));
}

/** What can run in no transaction, and what may end the one that it runs in. */
function runsAlone(type: string, node: Node): boolean {
  if (type === 'VacuumStmt') return node['is_vacuumcmd'] === true;
  if (type === 'ClusterStmt') return !('relation' in node);
  return type === 'CallStmt' || (type === 'DoStmt' && holds(node['block'], ({ type }) => ENDS.includes(type)));
}

/** In the block itself: what stands in a condition may never be reached. */
export function endsTransaction(block: unknown): boolean {
  const body: readonly unknown[] = isRecord(block) && Array.isArray(block['body']) ? block['body'] : [];
  return body.some((each) => ENDS.includes(readTyped(each)?.type ?? ''));
}

/** Statements of PL/pgSQL that end the transaction. */
export const ENDS = ['PLpgSQL_stmt_commit', 'PLpgSQL_stmt_rollback'];

function relationOf(node: Node): Relation {
  const schema = textAt(node, 'schemaname');
  return { ...(schema === '' ? {} : { schema }), name: textAt(node, 'relname') };
}

/** Why a statement cannot stand in a file that runs outside a transaction, where it is begun again after a crash. */
export function refuseOutside({ type, node }: Typed): Refusal | undefined {
  if (type === 'TransactionStmt') return OWN_TRANSACTIONS;
  if (type === 'IndexStmt' && node['concurrent'] === true && textAt(node, 'idxname') === '') return NAMELESS;
  const into = type === 'CreateTableAsStmt' ? nodeAt(nodeAt(node, 'into'), 'rel') : nodeAt(node, 'relation');
  return type.startsWith('Create') && into['relpersistence'] === 't' ? TEMPORARY : undefined;
}

const OWN_TRANSACTIONS: Refusal = {
  message: 'a schema file cannot begin or end a transaction',
  hint: 'Remove the statement: this file runs outside a transaction, and each of its statements is one by itself.',
};

const NAMELESS: Refusal = {
  message: 'an index that is made CONCURRENTLY must have a name: after a crash it is looked for by that',
  hint: 'Write CREATE INDEX CONCURRENTLY, then a name, then ON.',
};

const TEMPORARY: Refusal = {
  message: 'a temporary table is gone after a crash, and a file that runs outside a transaction goes on where it was',
  hint: 'Make an ordinary table, and drop it at the end.',
};
