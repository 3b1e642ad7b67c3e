import { MARK } from './mark.ts';
import type { Refusal } from './refusal.ts';
import { holds, innerAt, namesOf, nodeAt, nodesOf, textAt, type Node, type Typed } from '../tree.ts';

/** The statements that use a value of an enum which a statement before them adds: it is there when the transaction has ended. By their turns. */
export function refuseNewValues(statements: readonly (Typed | undefined)[]): ReadonlyMap<number, Refusal> {
  const added: Value[] = [];
  const refused = new Map<number, Refusal>();
  for (const [index, statement] of statements.entries()) {
    if (statement === undefined) continue;
    const used = added.find((value) => holds({ [statement.type]: statement.node }, (found) => usesValue(found, value)));
    if (used) refused.set(index, notYetThere(used));
    added.push(...addedBy(statement));
  }
  return refused;
}

/** A value of an enum. */
export interface Value {
  readonly type: string;
  readonly text: string;
}

/**
 * With IF NOT EXISTS it may have been there before. That of a type which the same file makes is no other: a schema file is a subtransaction, and
 * PostgreSQL lets such a value be used from 17 on outside of one alone.
 */
export function addedBy({ type, node }: Typed): Value[] {
  const adds = type === 'AlterEnumStmt' && !('oldVal' in node) && node['skipIfNewValExists'] !== true;
  return adds ? [{ type: namesOf(node['typeName']).at(-1) ?? '', text: textAt(node, 'newVal') }] : [];
}

export function notYetThere({ type, text }: Value): Refusal {
  const message = `the value '${text}' of ${type} cannot be used in the transaction that adds it, and a schema file is one`;
  const hint = `Put what uses it into the next schema file, or begin this one with the line "${MARK}".`;
  return { message, hint, runsOutside: true };
}

/** Whether a part of a statement uses it by the name of its type. */
export function usesValue({ type, node }: Typed, value: Value): boolean {
  if (type === 'TypeCast') return isOfType(node, value) && isConstant(innerAt(node, 'arg'), value);
  if (type !== 'ColumnDef' || !isOfType(node, value)) return false;
  return nodesOf(node['constraints']).some((constraint) => isConstant(innerAt(constraint, 'raw_expr'), value));
}

function isOfType(node: Node, { type }: Value): boolean {
  return namesOf(nodeAt(node, 'typeName')['names']).at(-1) === type;
}

function isConstant(node: Node, { text }: Value): boolean {
  return textAt(nodeAt(node, 'sval'), 'sval') === text;
}
