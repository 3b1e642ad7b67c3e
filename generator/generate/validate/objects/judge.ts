import type { Statement } from '../parser/library.ts';
import type { Refusal } from '../statements/refusal.ts';
import { elsewhereIn } from '../statements/mark.ts';
import { nodeAt, readTyped, textAt, type Node, type Typed } from '../tree.ts';
import { hintOf, messageOf } from './advice.ts';
import { alter, columnsOf, missing, missingInKeys, referencesIn, suppose, tableOf, type Columns } from './columns.ts';
import { refuseColumn, refuseEnding, refuseTwin } from './faults.ts';
import { Made } from './made.ts';
import { addExtension, apply, bodyOf, schemaMadeBy, typeMadeBy } from './makes.ts';
import { mentionsIn, namedBy, type Mention, type Mentions } from './mentions.ts';
import { nameOf, relationIn, relationMadeBy, type Kind, type Name } from './name.ts';
import { isThere } from './there.ts';
import { NewValues } from './values.ts';

/** A schema file as the parser has read it. */
export interface ReadFile {
  readonly name: string;
  readonly text: string;
  readonly statements: readonly Statement[];
  readonly runsOutside: boolean;
}

/** What there is before the schema files of a service run. */
export interface Beginning {
  readonly major: number;
  readonly extensions: readonly string[];
  /** Those that are made for extensions. */
  readonly schemas: readonly string[];
  /** The schemas of these names are looked into before public. */
  readonly logins: readonly string[];
  /** Whether its sessions look into others than that. */
  readonly hasPath: boolean;
}

/** What is refused of a statement, and at which byte of its file if that is known. */
interface Found extends Refusal {
  readonly location?: number;
}

/** The same with its file, and the turn of the statement in it. */
export interface Refused<File> extends Found {
  readonly file: File;
  readonly index: number;
}

/** What the judgement of a statement rests on. */
interface Situation {
  readonly made: Made;
  readonly elsewhere: ReadonlySet<string>;
  readonly beginning: Beginning;
  readonly files: readonly ReadFile[];
}

/** Refuses what the schema files of a new database name though nothing makes it, and what they make twice. The files in the order in which they are applied. */
export function judgeObjects<File extends ReadFile>(files: readonly File[], beginning: Beginning): Refused<File>[] {
  const made = new Made(beginning.hasPath);
  for (const schema of beginning.schemas) made.schemas.set(schema, { file: 'placedExtensions' });
  for (const extension of beginning.extensions) addExtension(made, extension);
  const situation = { made, elsewhere: new Set(files.flatMap(({ text }) => elsewhereIn(text))), beginning, files };
  return files.flatMap((file) => {
    const values = new NewValues(made);
    return file.statements.flatMap(({ stmt }, index) => {
      const typed = readTyped(stmt);
      if (!typed) return [];
      const found = look(situation, typed, file);
      return [...found, ...findNewValues(situation, typed, { file, values })].map((each) => ({ ...each, file, index }));
    });
  });
}

/** Uses of values that the transaction of the file adds, once it is known what the statement does. */
function findNewValues(
  { made, elsewhere }: Situation,
  statement: Typed,
  { file, values }: { readonly file: ReadFile; readonly values: NewValues },
): Found[] {
  if (file.runsOutside) return [];
  const columnsOf = (relation: Node): Columns | undefined => {
    const name = made.meant(relationIn(relation));
    return isElsewhere(elsewhere, name) ? undefined : made.relations.get(name)?.columns;
  };
  const found = values.refuse(statement, columnsOf);
  values.take(statement);
  return found;
}

/** Judges a statement, and takes in what it does. */
function look(situation: Situation, statement: Typed, file: ReadFile): Found[] {
  const { made, beginning } = situation;
  const mentions = mentionsIn(statement);
  const found = [
    ...(isSkipped(made, statement) ? [] : findMissing(situation, [...namedBy(statement), ...mentions.names])),
    ...findTwin(situation, statement),
    ...alterColumns(situation, statement),
    ...findReferenced(situation, statement),
    ...(isSkipped(made, statement) ? [] : findKeys(situation, statement, file.name)),
    ...(file.runsOutside ? [] : findEnding(situation, statement)),
  ];
  apply(made, statement, file.name);
  for (const name of mentions.constraints) made.suppose({ schema: '', name });
  for (const text of [bodyOf(statement), ...mentions.texts, ...(mayCall(made, statement, mentions) ? made.bodies : [])])
    made.take(text);
  if (statement.type === 'CreateFunctionStmt') made.bodies.push(bodyOf(statement));
  if (turnsElsewhere(statement, mentions, beginning)) made.hasPath = true;
  return found;
}

/** Whether it may run a function that was made before: what that does becomes of what there is now. */
function mayCall(made: Made, { type }: Typed, { names }: Mentions): boolean {
  const calls = names.some((name) => name.kind === 'function' && made.functions.has(name));
  return type === 'DoStmt' || (['SelectStmt', 'CallStmt'].includes(type) && calls);
}

/** By a call of set_config, or by a schema that is looked into before public. */
function turnsElsewhere({ type, node }: Typed, { texts }: Mentions, { logins }: Beginning): boolean {
  return texts.includes('search_path') || (type === 'CreateSchemaStmt' && logins.includes(textAt(node, 'schemaname')));
}

/** What PostgreSQL does not do where something is missing, or is there. */
function isSkipped(made: Made, statement: Typed): boolean {
  const { node } = statement;
  const own = relationMadeBy(statement);
  if (statement.type === 'CreateExtensionStmt') return made.extensions.has(textAt(node, 'extname'));
  return (
    node['missing_ok'] === true || (node['if_not_exists'] === true && own !== undefined && made.relations.has(relationIn(own)))
  );
}

function findMissing({ made, elsewhere, beginning, files }: Situation, mentions: readonly Mention[]): Found[] {
  return mentions.flatMap(({ location, ...mention }) => {
    const missing = missingOf(made, mention, beginning.major);
    if (missing === undefined || isElsewhere(elsewhere, made.placed(mention)) || made.mayHave(missing.kind, missing)) return [];
    made.suppose(missing);
    const later = files.find((file) => makes(file, missing))?.name;
    const said = {
      kind: missing.kind,
      name: missing,
      major: beginning.major,
      made: made.names(missing.kind),
      ...(later !== undefined && { later }),
    };
    return [{ message: messageOf(said), hint: hintOf(said), ...(location !== undefined && { location }) }];
  });
}

/** The schema of what is named, or that itself. */
function missingOf(made: Made, { kind, schema, name }: Mention, major: number): (Name & { readonly kind: Kind }) | undefined {
  const isInNone = schema !== '' && !made.schemas.has(schema) && !/^(pg_|shared_postgresql)/.test(schema);
  if (isInNone) return { kind: 'schema', schema: '', name: schema };
  return isThere(made, { kind, schema, name }, major) ? undefined : { kind, schema, name };
}

function makes({ statements, name }: ReadFile, missing: Name & { readonly kind: Kind }): boolean {
  const made = new Made(false);
  for (const { stmt } of statements) {
    const typed = readTyped(stmt);
    if (typed) apply(made, typed, name);
    if (made.has(missing.kind, missing)) return true;
  }
  return false;
}

/** What makes a schema, a relation or a type that a statement before it makes. */
function findTwin({ made, elsewhere }: Situation, statement: Typed): Found[] {
  const { node } = statement;
  if (node['if_not_exists'] === true || node['replace'] === true) return [];
  const schema = { schema: '', name: schemaMadeBy(statement) };
  const twin = made.schemas.get(schema.name);
  if (twin?.file !== undefined && !isElsewhere(elsewhere, schema))
    return [refuseTwin(schema, twin, 'Write CREATE SCHEMA IF NOT EXISTS, or leave it out.')];
  const [own, type] = [relationMadeBy(statement), typeMadeBy(statement)];
  if (own?.['relpersistence'] === 't') return [];
  const name = made.placed(type ?? (own ? relationIn(own) : { schema: '', name: '' }));
  const there = name.schema === '' ? undefined : (type ? made.types : made.relations).get(name);
  return there?.file === undefined || isElsewhere(elsewhere, name) ? [] : [refuseTwin(name, there)];
}

function alterColumns({ made, elsewhere }: Situation, statement: Typed): Found[] {
  const table = tableOf(statement);
  const name = made.meant(table ? relationIn(table) : { schema: '', name: '' });
  const known = name.schema === '' ? undefined : made.relations.get(name);
  if (known?.columns === undefined || isElsewhere(elsewhere, name)) return [];
  const { columns, faults } = alter(statement, known.columns, (type) => made.placed(type));
  made.relations.set(name, { ...known, columns: columns && suppose(columns, faults) });
  return faults.map((fault) => refuseColumn(name, known, fault));
}

/** Columns that a foreign key names in another table. */
function findReferenced({ made, elsewhere }: Situation, { type, node }: Typed): Found[] {
  const references = ['CreateStmt', 'AlterTableStmt'].includes(type) ? referencesIn(node) : [];
  return references.flatMap(({ table, columns }) => {
    const name = made.meant(relationIn(table));
    const known = made.relations.get(name);
    if (known?.columns === undefined || isElsewhere(elsewhere, name)) return [];
    return missing(columns, known.columns).map((fault) => refuseColumn(name, known, fault));
  });
}

/** Columns that the keys of a new table name. */
function findKeys({ made }: Situation, { type, node }: Typed, file: string): Found[] {
  const columns = type === 'CreateStmt' ? columnsOf(node, (name) => name) : undefined;
  const name = made.placed(relationIn(nodeAt(node, 'relation')));
  return columns ? missingInKeys(node, columns).map((fault) => refuseColumn(name, { file, columns }, fault)) : [];
}

function findEnding({ made, elsewhere }: Situation, { type, node }: Typed): Found[] {
  const name = nameOf(nodeAt(node, 'funccall')['funcname']);
  return type === 'CallStmt' && made.ending.has(name.name) && !isElsewhere(elsewhere, made.placed(name))
    ? [refuseEnding(name)]
    : [];
}

function isElsewhere(names: ReadonlySet<string>, { schema, name }: Name): boolean {
  return names.has(name) || (schema !== '' && (names.has(schema) || names.has(`${schema}.${name}`)));
}
