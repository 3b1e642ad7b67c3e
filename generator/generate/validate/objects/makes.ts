import { isRecord } from '../../fields.ts';
import { EXTENSIONS } from '../extensions.ts';
import { holds, innerAt, listAt, nodeAt, nodesOf, optionsOf, readTyped, textAt, type Node, type Typed } from '../tree.ts';
import { ENDS } from '../statements/outside.ts';
import { columnsOf } from './columns.ts';
import { isKnownExtension } from './facts.ts';
import type { Known, Made } from './made.ts';
import { listed } from './mentions.ts';
import { nameOf, relationIn, relationMadeBy, type Kind, type Name } from './name.ts';

/** The type that a statement makes. */
export function typeMadeBy({ type, node }: Typed): Name | undefined {
  if (type === 'CreateEnumStmt' || type === 'CreateRangeStmt') return nameOf(node['typeName']);
  if (type === 'CreateDomainStmt') return nameOf(node['domainname']);
  return type === 'CompositeTypeStmt' ? relationIn(nodeAt(node, 'typevar')) : undefined;
}

/** The name of the schema that a statement makes; empty for every other. */
export function schemaMadeBy({ type, node }: Typed): string {
  if (type !== 'CreateSchemaStmt') return '';
  return textAt(node, 'schemaname') || textAt(nodeAt(node, 'authrole'), 'rolename');
}

type Apply = (made: Made, node: Node, file: string) => void;

/** What becomes of what is known by a statement, by its type. */
const EFFECTS: Readonly<Record<string, Apply>> = {
  CreateSchemaStmt: (made, node, file) => {
    const name = schemaMadeBy({ type: 'CreateSchemaStmt', node });
    made.schemas.set(name, made.schemas.get(name) ?? { file });
    for (const part of listAt(node, 'schemaElts').map(readTyped)) if (part) addPart(made, part, textAt(node, 'schemaname'), file);
  },
  CreateRangeStmt: (made, node) => made.types.set(made.placed(multirangeOf(node)), {}),
  DefineStmt: (made, node) => {
    const registry = textAt(node, 'kind') === 'OBJECT_AGGREGATE' ? made.functions : made.types;
    registry.set(made.placed(nameOf(node['defnames'])), {});
  },
  CreateFunctionStmt: (made, node) => {
    made.functions.set(made.placed(nameOf(node['funcname'])), {});
    if (holds(node['block'], ({ type }) => ENDS.includes(type))) made.ending.add(nameOf(node['funcname']).name);
  },
  CreateSeqStmt: bindSequence,
  AlterSeqStmt: bindSequence,
  CreateExtensionStmt: (made, node) => addExtension(made, textAt(node, 'extname')),
  IndexStmt: (made, node) => {
    const { schema } = relationIn(nodeAt(node, 'relation'));
    if (textAt(node, 'idxname') !== '') made.relations.set(made.placed({ schema, name: textAt(node, 'idxname') }), {});
  },
  DropStmt: drop,
  AlterTableStmt: (made, node) => {
    const commands = nodesOf(node['cmds']);
    if (commands.some((command) => textAt(command, 'behavior') === 'DROP_CASCADE')) made.doubt(isDependent);
    // What becomes of its columns is said of the whole.
    const parts = commands.map((command) => nodeAt(innerAt(command, 'def'), 'name')).filter((part) => 'relname' in part);
    for (const part of parts) made.relations.set(made.meant(relationIn(part)), {});
  },
  DropOwnedStmt: (made) => made.doubt(() => true),
  RenameStmt: giveName,
  AlterObjectSchemaStmt: (made, node) => {
    const kind = 'relation' in node ? 'relation' : kindOf(textAt(node, 'objectType'));
    const from = subjectOf(made, node);
    if (kind !== undefined) made.move(kind, from, { ...from, schema: textAt(node, 'newschema') });
  },
  VariableSetStmt: (made, node) => setPath(made, node),
  AlterRoleSetStmt: (made, node) => setPath(made, nodeAt(node, 'setstmt')),
};

/** Brings what is known up to date with a statement. */
export function apply(made: Made, { type, node }: Typed, file: string): void {
  const [relation, own] = [relationMadeBy({ type, node }), typeMadeBy({ type, node })];
  if (own !== undefined) made.types.set(made.placed(own), { file });
  else if (relation !== undefined) addRelation(made, { type, node }, relation, file);
  if (Object.hasOwn(EFFECTS, type)) EFFECTS[type]?.(made, node, file);
}

function addRelation(made: Made, { type, node }: Typed, relation: Node, file: string): void {
  if (relation['relpersistence'] === 't') {
    // It is there as long as its session.
    made.relations.set({ ...relationIn(relation), schema: 'pg_temp' }, {});
    return;
  }
  const name = made.placed(relationIn(relation));
  if (made.relations.get(name) !== undefined) return;
  const columns = type === 'CreateStmt' ? columnsOf(node, (own) => made.placed(own)) : undefined;
  made.relations.set(name, { file, ...(columns && { columns }) });
}

/** The multirange that comes with a range, called as PostgreSQL does (makeMultirangeTypeName in its source) unless the statement says it. */
function multirangeOf(node: Node): Name {
  const range = nameOf(node['typeName']);
  const said = optionsOf(node['params']).get('multirange_type_name');
  if (said !== undefined) return 'names' in said ? nameOf(said['names']) : { schema: '', name: textAt(said, 'sval') };
  const isCalledSo = range.name.includes('range');
  const name = isCalledSo ? range.name.replace('range', 'multirange') : `${range.name.slice(0, 52)}_multirange`;
  return { ...range, name: name.slice(0, 63) };
}

/** A sequence that belongs to a column goes with it. */
function bindSequence(made: Made, node: Node): void {
  if (optionsOf(node['options']).has('owned_by')) made.relations.set(made.placed(relationIn(nodeAt(node, 'sequence'))), {});
}

/** A statement in CREATE SCHEMA makes what it names in that schema. */
function addPart(made: Made, part: Typed, schema: string, file: string): void {
  const relation = relationMadeBy(part);
  if (relation !== undefined)
    made.relations.set({ ...relationIn(relation), schema: textAt(relation, 'schemaname') || schema }, { file });
  else made.doubt(() => true);
}

/** With those that it needs; of one that PostgreSQL does not ship nobody knows what it adds. */
export function addExtension(made: Made, name: string): void {
  if (made.extensions.has(name)) return;
  made.extensions.add(name);
  if (!isKnownExtension(name) && name !== 'plpgsql') made.open('schema', 'relation', 'type', 'function', 'operatorClass');
  for (const needed of EXTENSIONS.get(name)?.requires ?? []) addExtension(made, needed);
}

const KINDS: Readonly<Record<string, Kind>> = {
  OBJECT_TABLE: 'relation',
  OBJECT_FOREIGN_TABLE: 'relation',
  OBJECT_VIEW: 'relation',
  OBJECT_MATVIEW: 'relation',
  OBJECT_SEQUENCE: 'relation',
  OBJECT_INDEX: 'relation',
  OBJECT_TYPE: 'type',
  OBJECT_DOMAIN: 'type',
  OBJECT_FUNCTION: 'function',
  OBJECT_PROCEDURE: 'function',
  OBJECT_ROUTINE: 'function',
  OBJECT_AGGREGATE: 'function',
  OBJECT_SCHEMA: 'schema',
};

function kindOf(objectType: string): Kind | undefined {
  return KINDS[objectType];
}

/** What can go with them are views and partitions; with a type or a schema go columns of any table. */
const RELATIONS = ['OBJECT_TABLE', 'OBJECT_FOREIGN_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_INDEX', 'OBJECT_SEQUENCE'];

/** What has no columns that are known: views and partitions, which a statement on others may take along. */
const isDependent = ({ columns }: Known): boolean => columns === undefined;

function drop(made: Made, node: Node): void {
  const type = textAt(node, 'removeType');
  const kind = kindOf(type);
  for (const name of listed(node)) {
    if (kind === 'schema') made.schemas.delete(name.name);
    // Another function of the name may be left.
    else if (kind === 'relation') made.relations.delete(made.meant(name));
    else if (kind === 'type') made.types.delete(made.placed(name));
  }
  const isOfRelations = RELATIONS.includes(type);
  if (isOfRelations || textAt(node, 'behavior') === 'DROP_CASCADE') made.doubt((known) => !isOfRelations || isDependent(known));
}

/** What a statement gives another name or schema. */
function subjectOf(made: Made, node: Node): Name {
  if ('relation' in node) return made.meant(relationIn(nodeAt(node, 'relation')));
  return made.placed(nameOf(innerAt(node, 'object')['items']));
}

function giveName(made: Made, node: Node): void {
  const kind = kindOf(textAt(node, 'renameType'));
  const name = textAt(node, 'newname');
  const from = subjectOf(made, node);
  // An index has the name of its constraint.
  if (textAt(node, 'renameType') === 'OBJECT_TABCONSTRAINT') made.suppose({ schema: '', name });
  if (kind === 'schema') renameSchema(made, textAt(node, 'subname'), name);
  else if (kind !== undefined) made.move(kind, from, { ...from, name });
}

/** What is in it has other names now. */
function renameSchema(made: Made, from: string, to: string): void {
  made.schemas.delete(from);
  made.schemas.set(to, {});
  made.open('relation', 'type', 'function');
  made.doubt(() => true);
}

function setPath(made: Made, node: Node): void {
  if (textAt(node, 'name') !== 'search_path') return;
  const schemas = nodesOf(node['args']).map((argument) => textAt(nodeAt(argument, 'sval'), 'sval'));
  if (!schemas.every((schema) => ['public', '', '$user', 'pg_catalog'].includes(schema))) made.hasPath = true;
}

/** The body of a DO or of a function that is a text. */
export function bodyOf({ type, node }: Typed): string {
  if (type !== 'DoStmt' && type !== 'CreateFunctionStmt') return '';
  const body = optionsOf(node[type === 'DoStmt' ? 'args' : 'options']).get('as') ?? {};
  const items = nodesOf(body['items']).map((item) => textAt(item, 'sval'));
  return isRecord(body) && 'items' in body ? items.join('\n') : textAt(body, 'sval');
}
