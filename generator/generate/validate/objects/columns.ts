import { innerAt, listAt, nodeAt, nodesOf, readTyped, textAt, type Node, type Typed } from '../tree.ts';
import { columnsIn } from './mentions.ts';

/** Why a statement cannot do to the columns of its table what it says. */
export interface ColumnFault {
  readonly what: 'there' | 'missing';
  readonly column: string;
}

/** What a statement does to columns, and which of these it cannot. */
export interface Altered {
  readonly columns: ReadonlySet<string> | undefined;
  readonly faults: readonly ColumnFault[];
}

/** The columns of CREATE TABLE, where they stand there and nowhere else. */
export function columnsOf(node: Node): ReadonlySet<string> | undefined {
  const typed = listAt(node, 'tableElts').map(readTyped);
  const isWhole = !('inhRelations' in node) && !('ofTypename' in node) && !typed.some((each) => each?.type === 'TableLikeClause');
  const names = typed.flatMap((each) => (each?.type === 'ColumnDef' ? [textAt(each.node, 'colname')] : []));
  return isWhole ? new Set(names) : undefined;
}

/** Columns of every table. */
const OF_THE_SYSTEM = ['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid'];

/** The columns of a table that a statement names, which must be there before it runs. */
function neededBy({ type, node }: Typed): string[] {
  if (type === 'IndexStmt') return [...columnsIn(node['indexParams']), ...columnsIn(node['indexIncludingParams'])];
  if (type === 'InsertStmt') return columnsIn(node['cols']);
  if (type === 'UpdateStmt') return columnsIn(node['targetList']);
  return type === 'RenameStmt' && textAt(node, 'renameType') === 'OBJECT_COLUMN' ? [textAt(node, 'subname')] : [];
}

/** Looks at a statement about a table of which all columns are known. */
export function alter(statement: Typed, columns: ReadonlySet<string>): Altered {
  const { type, node } = statement;
  if (type === 'AlterTableStmt') return alterTable(node, columns);
  const faults = missing(neededBy(statement), columns);
  if (type !== 'RenameStmt' || textAt(node, 'renameType') !== 'OBJECT_COLUMN') return { columns, faults };
  const name = textAt(node, 'newname');
  const [from] = neededBy(statement);
  const rest = [...columns].filter((column) => column !== from);
  const isTaken = faults.length === 0 && columns.has(name);
  return { columns: new Set([...rest, name]), faults: isTaken ? [{ what: 'there', column: name }] : faults };
}

function missing(names: readonly string[], columns: ReadonlySet<string>): ColumnFault[] {
  const gone = names.filter((column) => !columns.has(column) && !OF_THE_SYSTEM.includes(column));
  return [...new Set(gone)].map((column) => ({ what: 'missing', column }));
}

/** Commands on a column that is there. */
const ON_A_COLUMN = ['AT_ColumnDefault', 'AT_SetNotNull', 'AT_DropNotNull', 'AT_AlterColumnType', 'AT_AddIdentity'];

/** What is dropped goes first, whatever the order in the statement (ATRewriteCatalogs in PostgreSQL's source). */
function alterTable(node: Node, before: ReadonlySet<string>): Altered {
  const commands = nodesOf(node['cmds']);
  const isOf = (subtype: string) => (command: Node) => textAt(command, 'subtype') === subtype;
  const columns = new Set(before);
  const faults: ColumnFault[] = [];
  for (const command of commands.filter(isOf('AT_DropColumn'))) {
    const column = textAt(command, 'name');
    if (command['missing_ok'] !== true) faults.push(...missing([column], columns));
    columns.delete(column);
  }
  for (const command of commands.filter(isOf('AT_AddColumn'))) {
    const column = textAt(innerAt(command, 'def'), 'colname');
    if (columns.has(column) && command['missing_ok'] !== true) faults.push({ what: 'there', column });
    columns.add(column);
  }
  const named = commands
    .filter((command) => ON_A_COLUMN.includes(textAt(command, 'subtype')))
    .map((each) => textAt(each, 'name'));
  faults.push(...missing([...named, ...commands.flatMap(constrained)], columns));
  return { columns: isUnclear(commands) ? undefined : columns, faults };
}

/** The columns that a constraint is about. */
function constrained(command: Node): string[] {
  if (textAt(command, 'subtype') !== 'AT_AddConstraint') return [];
  const constraint = innerAt(command, 'def');
  return nodesOf([...listAt(constraint, 'keys'), ...listAt(constraint, 'fk_attrs')]).map((part) => textAt(part, 'sval'));
}

/** What is generated of a column goes with it; what a table inherits comes and goes. */
function isUnclear(commands: readonly Node[]): boolean {
  return commands.some(
    (command) =>
      ['AT_AddInherit', 'AT_DropInherit', 'AT_AddOf'].includes(textAt(command, 'subtype')) ||
      (textAt(command, 'subtype') === 'AT_DropColumn' && textAt(command, 'behavior') === 'DROP_CASCADE'),
  );
}

/** The RangeVar of the table that a statement is about. */
export function tableOf({ type, node }: Typed): Node | undefined {
  const isAbout = ['AlterTableStmt', 'IndexStmt', 'InsertStmt', 'UpdateStmt', 'RenameStmt'].includes(type);
  return isAbout && 'relation' in node ? nodeAt(node, 'relation') : undefined;
}
