import { isRecord } from '../../fields.ts';
import { addedBy, notYetThere, usesValue, type Value } from '../statements/enums.ts';
import type { Refusal } from '../statements/refusal.ts';
import { holds, innerAt, listAt, nodeAt, nodesOf, readTyped, textAt, type Node, type Typed } from '../tree.ts';
import { tableOf, type Columns } from './columns.ts';
import type { Made } from './made.ts';
import { nameOf, relationMadeBy, type Name } from './name.ts';

/** A value of an enum that the transaction of a file adds. */
interface Added extends Value {
  readonly of: Name;
}

/** The columns of a table that a statement names; undefined where they are not known. */
export type ColumnsOf = (relation: Node) => Columns | undefined;

/** The values that the statements of one file add to enums, and what uses them by the type of a column alone. */
export class NewValues {
  readonly #added: Added[] = [];
  readonly #made: Made;

  constructor(made: Made) {
    this.#made = made;
  }

  /** Refuses a statement that gives a column such a value, or compares it with one: PostgreSQL reads the constant as of the column's type. */
  refuse(statement: Typed, columnsOf: ColumnsOf): (Refusal & { readonly location?: number })[] {
    if (this.#added.length === 0) return [];
    const used = meetings(statement, columnsOf).flatMap(({ type, constant }) =>
      this.#added.filter((value) => isOf(value, type, constant)).map((value) => ({ value, constant })),
    );
    const first = used.find(({ value }) => !isTold(statement, value));
    const location = first?.constant['location'];
    return first ? [{ ...notYetThere(first.value), ...(typeof location === 'number' && { location }) }] : [];
  }

  take(statement: Typed): void {
    const of = this.#made.placed(nameOf(statement.node['typeName']));
    // Elsewhere than in public an unqualified name may be another's.
    if (of.schema !== '') this.#added.push(...addedBy(statement).map((value) => ({ ...value, of })));
  }
}

/** Whether it is refused already, for a use by the name of the type. */
function isTold({ type, node }: Typed, value: Value): boolean {
  return holds({ [type]: node }, (found) => usesValue(found, value));
}

function isOf({ of, text }: Added, type: Name, constant: Node): boolean {
  return type.name === of.name && type.schema === of.schema && textAt(nodeAt(constant, 'sval'), 'sval') === text;
}

/** A constant that is read as of the type of a column. */
interface Meeting {
  readonly type: Name;
  readonly constant: Node;
}

/** A column by its name, and what it is given or compared with. */
type Pair = readonly [column: string, value: unknown];

/** What is in a block or a body may run or not, and a query of WITH may have the name of a table. */
function isUncertain({ type, node }: Typed): boolean {
  return ['DoStmt', 'CreateFunctionStmt'].includes(type) || holds(node, (found) => 'ctename' in found.node);
}

/** All in a tree. In a part that looks into several tables it is not certain whose a column is. */
function meetings(statement: Typed, columnsOf: ColumnsOf): Meeting[] {
  const found: Meeting[] = [];
  if (isUncertain(statement)) return found;
  const visit = (value: unknown, columns: Columns | undefined): void => {
    if (Array.isArray(value)) value.forEach((each) => visit(each, columns));
    if (!isRecord(value) || Array.isArray(value)) return;
    for (const [type, node] of Object.entries(value)) {
      if (!isRecord(node)) {
        visit(node, columns);
        continue;
      }
      const own = isScope(type) ? scopeOf({ type, node }, columnsOf) : columns;
      if (own) found.push(...pairsIn({ type, node }, own).flatMap((pair) => meet(pair, own)));
      visit(node, own);
    }
  };
  visit({ [statement.type]: statement.node }, undefined);
  return found;
}

function meet([column, value]: Pair, columns: Columns): Meeting[] {
  const [type, constant] = [columns.get(column), readTyped(value)];
  return type && constant?.type === 'A_Const' ? [{ type, constant: constant.node }] : [];
}

const SCOPES = ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'SelectStmt', 'AlterTableStmt', 'IndexStmt', 'CreateStmt'];

function isScope(type: string): boolean {
  return SCOPES.includes(type);
}

/** The one table that a statement looks into. */
function scopeOf(statement: Typed, columnsOf: ColumnsOf): Columns | undefined {
  const { type, node } = statement;
  if (type === 'SelectStmt') {
    const [from, ...others] = listAt(node, 'fromClause').map(readTyped);
    const isOne = from?.type === 'RangeVar' && others.length === 0 && !('colnames' in nodeAt(from.node, 'alias'));
    return isOne ? columnsOf(from.node) : undefined;
  }
  // A table that is there already is left as it is by IF NOT EXISTS.
  if ('fromClause' in node || 'usingClause' in node || 'if_not_exists' in node) return undefined;
  const table = type === 'DeleteStmt' ? nodeAt(node, 'relation') : (tableOf(statement) ?? relationMadeBy(statement));
  return table && columnsOf(table);
}

/** What a part of a statement gives columns, or compares them with. */
function pairsIn({ type, node }: Typed, columns: Columns): Pair[] {
  if (type === 'InsertStmt') return inserted(node, [...columns.keys()]);
  if (type === 'UpdateStmt' || type === 'onConflictClause') return nodesOf(node['targetList']).flatMap(assigned);
  if (type === 'AlterTableCmd' && node['subtype'] === 'AT_ColumnDefault') return [[textAt(node, 'name'), node['def']]];
  return type === 'A_Expr' ? compared(node) : [];
}

function assigned(target: Node): Pair[] {
  return 'indirection' in target ? [] : [[textAt(target, 'name'), target['val']]];
}

/** Rows of VALUES, and what SELECT names outright. */
function inserted(node: Node, all: readonly string[]): Pair[] {
  const named = nodesOf(node['cols']);
  if (named.some((column) => 'indirection' in column)) return [];
  const columns = named.length > 0 ? named.map((column) => textAt(column, 'name')) : all;
  const select = innerAt(node, 'selectStmt');
  const rows = [
    ...listAt(select, 'valuesLists').map((row) => listAt(readTyped(row)?.node ?? {}, 'items')),
    nodesOf(select['targetList']).map((target) => target['val']),
  ];
  return rows.flatMap((row) => row.map((value, index): Pair => [columns[index] ?? '', value]));
}

const COMPARISONS = ['=', '<>', '<', '<=', '>', '>='];
const KINDS = ['AEXPR_OP', 'AEXPR_IN', 'AEXPR_DISTINCT', 'AEXPR_NOT_DISTINCT'];

function compared(node: Node): Pair[] {
  const [operator = {}, ...qualified] = nodesOf(node['name']);
  const isKnown =
    KINDS.includes(textAt(node, 'kind')) && qualified.length === 0 && COMPARISONS.includes(textAt(operator, 'sval'));
  if (!isKnown) return [];
  const [left, right] = [readTyped(node['lexpr']), readTyped(node['rexpr'])];
  const values = right?.type === 'List' ? listAt(right.node, 'items') : [node['rexpr']];
  return [...values.map((value): Pair => [columnIn(left), value]), [columnIn(right), node['lexpr']]];
}

function columnIn(typed: Typed | undefined): string {
  const last = typed?.type === 'ColumnRef' ? listAt(typed.node, 'fields').map(readTyped).at(-1) : undefined;
  return last?.type === 'String' ? textAt(last.node, 'sval') : '';
}
