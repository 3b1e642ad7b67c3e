import { isRecord } from '../../fields.ts';
import { innerAt, nodesOf, optionsOf, textAt, type Node, type Typed } from '../tree.ts';
import { nameOf, relationIn, relationMadeBy, type Kind, type Name } from './name.ts';

/** A name that must be there when the statement runs. */
export interface Mention extends Name {
  readonly kind: Kind;
  /** Where it stands, in bytes, if the tree says it. */
  readonly location?: number;
}

/** What a tree names, and what it says in texts. */
export interface Mentions {
  readonly names: readonly Mention[];
  /** Its constraints: an index of such a name may come with one. */
  readonly constraints: readonly string[];
  /** Its constants, each of which may be SQL for a function that runs it. */
  readonly texts: readonly string[];
}

/** Looks through a statement, but for what it makes. */
export function mentionsIn(statement: Typed): Mentions {
  const own = relationMadeBy(statement);
  const [names, texts, constraints, queries]: [Mention[], string[], string[], Set<string>] = [[], [], [], new Set()];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isRecord(value) || Array.isArray(value) || value === own) return;
    names.push(...namesAt(value));
    if (typeof value['ctename'] === 'string') queries.add(value['ctename']);
    if (typeof value['conname'] === 'string') constraints.push(value['conname']);
    const text = isRecord(value['sval']) ? value['sval']['sval'] : undefined;
    if (typeof text === 'string') texts.push(text);
    // Options may have names of functions in the form of a type.
    if (!('defname' in value)) Object.values(value).forEach(visit);
  };
  // What is in a block may be reached or not; what is in CREATE SCHEMA names what is made there.
  if (statement.type !== 'DoStmt' && statement.type !== 'CreateSchemaStmt')
    visit(statement.type === 'CreateFunctionStmt' ? { ...statement.node, funcname: undefined } : statement.node);
  const isOfItself = ({ kind, schema, name }: Mention): boolean =>
    kind === 'relation' && ((schema === '' && queries.has(name)) || name === own?.['relname']);
  return { names: names.filter((each) => !isOfItself(each)), constraints, texts };
}

function namesAt(node: Node): Mention[] {
  if (typeof node['relname'] === 'string') return [{ kind: 'relation', ...relationIn(node), ...placeOf(node) }];
  if (Array.isArray(node['names']) && 'typemod' in node && node['pct_type'] !== true)
    return [{ kind: 'type', ...nameOf(node['names']), ...placeOf(node) }];
  if (Array.isArray(node['opclass'])) return [{ kind: 'operatorClass', ...nameOf(node['opclass']) }];
  return Array.isArray(node['funcname']) && !isOfColumn(node)
    ? [{ kind: 'function', ...nameOf(node['funcname']), ...placeOf(node) }]
    : [];
}

/** `name(row)`, which is another way to write `row.name`. */
function isOfColumn({ args }: Node): boolean {
  const list: readonly unknown[] = Array.isArray(args) ? args : [];
  return list.length === 1 && isRecord(list[0]) && 'ColumnRef' in list[0];
}

function placeOf(node: Node): { location?: number } {
  return typeof node['location'] === 'number' ? { location: node['location'] } : {};
}

/** The columns that a list of IndexElem or ResTarget names. */
export function columnsIn(list: unknown): string[] {
  return nodesOf(list)
    .map((node) => textAt(node, 'name'))
    .filter((name) => name !== '');
}

const DROPPED: Readonly<Record<string, Kind>> = {
  OBJECT_TABLE: 'relation',
  OBJECT_VIEW: 'relation',
  OBJECT_MATVIEW: 'relation',
  OBJECT_SCHEMA: 'schema',
};

/** What a statement names as a list of parts, which is not seen to be a name elsewhere. */
export function namedBy({ type, node }: Typed): Mention[] {
  const dropped = type === 'DropStmt' ? DROPPED[textAt(node, 'removeType')] : undefined;
  if (dropped !== undefined) return listed(node).map((name) => ({ kind: dropped, ...name }));
  const schemas = schemasIn({ type, node }).filter((name) => !/^(pg_|shared_postgresql)/.test(name));
  if (schemas.length > 0) return schemas.map((name) => ({ kind: 'schema', schema: '', name }));
  if (type === 'CommentStmt') return commented(node);
  if (type === 'AlterEnumStmt') return [{ kind: 'type', ...nameOf(node['typeName']) }];
  const isOfType = type === 'RenameStmt' && textAt(node, 'renameType') === 'OBJECT_TYPE';
  return isOfType ? [{ kind: 'type', ...nameOf(innerAt(node, 'object')['items']) }] : [];
}

/** The schemas that a statement names by themselves. */
function schemasIn({ type, node }: Typed): string[] {
  const isOfSchema = textAt(node, 'objtype') === 'OBJECT_SCHEMA';
  const isInSchemas = isOfSchema || textAt(node, 'targtype') === 'ACL_TARGET_ALL_IN_SCHEMA';
  const options = optionsOf(node['options']);
  if (type === 'GrantStmt' && isInSchemas) return listed(node).map(({ name }) => name);
  if (type === 'CommentStmt' && isOfSchema) return [textAt(innerAt(node, 'object'), 'sval')];
  if (type === 'CreateExtensionStmt') return [options.get('schema') ?? {}].map((name) => textAt(name, 'sval')).filter(Boolean);
  return type === 'AlterDefaultPrivilegesStmt'
    ? nodesOf(options.get('schemas')?.['items']).map((name) => textAt(name, 'sval'))
    : [];
}

const COMMENTED = ['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_FOREIGN_TABLE', 'OBJECT_COLUMN'];

/** What a COMMENT is on, or what has the column that it is on. */
function commented(node: Node): Mention[] {
  const type = textAt(node, 'objtype');
  const { table } = columnIn(node);
  const name = type === 'OBJECT_COLUMN' ? table : nameOf(innerAt(node, 'object')['items']);
  return COMMENTED.includes(type) ? [{ kind: 'relation', ...name }] : [];
}

/** The column that a COMMENT is on: the last part of the name. */
export function columnIn(comment: Node): { readonly table: Name; readonly column: string } {
  const parts = nodesOf(innerAt(comment, 'object')['items']).map((part) => textAt(part, 'sval'));
  const [schema = '', name = ''] = parts.length > 2 ? parts.slice(-3) : ['', ...parts];
  return { table: { schema, name }, column: parts.at(-1) ?? '' };
}

/** The objects of a DROP. */
export function listed({ objects }: Node): Name[] {
  return nodesOf(objects).map((object) =>
    'sval' in object ? { schema: '', name: textAt(object, 'sval') } : nameOf(object['items'] ?? object['names']),
  );
}
