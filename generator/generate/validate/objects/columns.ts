import { isRecord } from '../../fields.ts';
import { innerAt, listAt, nodeAt, nodesOf, readTyped, textAt, type Node, type Typed } from '../tree.ts';
import { columnIn, columnsIn } from './mentions.ts';
import { nameOf, type Name } from './name.ts';

/** The columns of a table in their order, each with its type, whose name is empty where that is not certain. */
export type Columns = ReadonlyMap<string, Name>;

/** Where a type of this name is looked for. */
type Place = (name: Name) => Name;

const UNKNOWN: Name = { schema: '', name: '' };

/** Why a statement cannot do to the columns of its table what it says. */
export interface ColumnFault {
  readonly what: 'there' | 'missing';
  readonly column: string;
}

/** What a statement does to columns, and which of these it cannot. */
export interface Altered {
  readonly columns: Columns | undefined;
  readonly faults: readonly ColumnFault[];
}

/** The columns of CREATE TABLE, where they stand there and nowhere else. */
export function columnsOf(node: Node, place: Place): Columns | undefined {
  const typed = listAt(node, 'tableElts').map(readTyped);
  const isWhole = !('inhRelations' in node) && !('ofTypename' in node) && !typed.some((each) => each?.type === 'TableLikeClause');
  const columns = typed.flatMap((each) => (each?.type === 'ColumnDef' ? [each.node] : []));
  return isWhole ? new Map(columns.map((each) => [textAt(each, 'colname'), typeIn(each, place)])) : undefined;
}

/** The type in a ColumnDef; an array is none of its element's. */
function typeIn(column: Node, place: Place): Name {
  const type = nodeAt(column, 'typeName');
  const isPlain = !('arrayBounds' in type) && type['pct_type'] !== true && type['setof'] !== true;
  return isPlain ? place(nameOf(type['names'])) : UNKNOWN;
}

/** What a fault named is told once. */
export function suppose(columns: Columns, faults: readonly ColumnFault[]): Columns {
  const missing = faults.map(({ column }) => column).filter((column) => !columns.has(column));
  return new Map([...columns, ...missing.map((column): [string, Name] => [column, UNKNOWN])]);
}

/** Columns of every table. */
const OF_THE_SYSTEM = ['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid'];

/** The columns of a table that a statement names, which must be there before it runs. */
function neededBy({ type, node }: Typed): string[] {
  if (type === 'IndexStmt') return [...columnsIn(node['indexParams']), ...columnsIn(node['indexIncludingParams'])];
  if (type === 'InsertStmt') return columnsIn(node['cols']);
  if (type === 'UpdateStmt') return columnsIn(node['targetList']);
  if (type === 'CommentStmt') return [columnIn(node).column];
  return type === 'RenameStmt' && textAt(node, 'renameType') === 'OBJECT_COLUMN' ? [textAt(node, 'subname')] : [];
}

/** Looks at a statement about a table of which all columns are known. */
export function alter(statement: Typed, columns: Columns, place: Place): Altered {
  const { type, node } = statement;
  if (type === 'AlterTableStmt') return alterTable(node, columns, place);
  const faults = missing(neededBy(statement), columns);
  if (type !== 'RenameStmt' || textAt(node, 'renameType') !== 'OBJECT_COLUMN') return { columns, faults };
  const name = textAt(node, 'newname');
  const [from] = neededBy(statement);
  const renamed = [...columns].map(([column, of]): [string, Name] => [column === from ? name : column, of]);
  const isTaken = faults.length === 0 && columns.has(name);
  return { columns: new Map(renamed), faults: isTaken ? [{ what: 'there', column: name }] : faults };
}

/** The columns that the keys of a new table name and that are none of its own. */
export function missingInKeys(node: Node, columns: Columns): ColumnFault[] {
  return missing(
    listAt(node, 'tableElts').flatMap((part) => keysOf(readTyped(part)?.node ?? {})),
    columns,
  );
}

/** A table that a foreign key refers to, with the columns that it names there. */
export interface Reference {
  readonly table: Node;
  readonly columns: readonly string[];
}

export function referencesIn(tree: unknown): Reference[] {
  if (Array.isArray(tree)) return tree.flatMap(referencesIn);
  if (!isRecord(tree)) return [];
  const columns = nodesOf(tree['pk_attrs']).map((part) => textAt(part, 'sval'));
  return 'pktable' in tree ? [{ table: nodeAt(tree, 'pktable'), columns }] : Object.values(tree).flatMap(referencesIn);
}

export function missing(names: readonly string[], columns: Columns): ColumnFault[] {
  const gone = names.filter((column) => !columns.has(column) && !OF_THE_SYSTEM.includes(column));
  return [...new Set(gone)].map((column) => ({ what: 'missing', column }));
}

/** Commands on a column that is there. */
const ON_A_COLUMN = ['AT_ColumnDefault', 'AT_SetNotNull', 'AT_DropNotNull', 'AT_AlterColumnType', 'AT_AddIdentity'];

/** What is dropped goes first, whatever the order in the statement (ATRewriteCatalogs in PostgreSQL's source). */
function alterTable(node: Node, before: Columns, place: Place): Altered {
  const commands = nodesOf(node['cmds']);
  const isOf = (subtype: string) => (command: Node) => textAt(command, 'subtype') === subtype;
  const columns = new Map(before);
  const faults: ColumnFault[] = [];
  for (const command of commands.filter(isOf('AT_DropColumn'))) {
    const column = textAt(command, 'name');
    if (command['missing_ok'] !== true) faults.push(...missing([column], columns));
    columns.delete(column);
  }
  for (const command of commands.filter(isOf('AT_AddColumn'))) {
    const column = textAt(innerAt(command, 'def'), 'colname');
    if (columns.has(column) && command['missing_ok'] !== true) faults.push({ what: 'there', column });
    if (!columns.has(column)) columns.set(column, typeIn(innerAt(command, 'def'), place));
  }
  for (const command of commands.filter(isOf('AT_AlterColumnType'))) {
    const column = textAt(command, 'name');
    if (columns.has(column)) columns.set(column, typeIn(innerAt(command, 'def'), place));
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
  return keysOf(innerAt(command, 'def'));
}

function keysOf(constraint: Node): string[] {
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
  if (type === 'CommentStmt' && textAt(node, 'objtype') === 'OBJECT_COLUMN') {
    const { schema, name } = columnIn(node).table;
    return { schemaname: schema, relname: name };
  }
  const isAbout = ['AlterTableStmt', 'IndexStmt', 'InsertStmt', 'UpdateStmt', 'RenameStmt'].includes(type);
  return isAbout && 'relation' in node ? nodeAt(node, 'relation') : undefined;
}
