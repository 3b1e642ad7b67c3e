import type { Parse } from '../generate/validate/parser.ts';
import type { Statement } from '../generate/validate/parser/library.ts';
import type { Service } from '../generate/validate/statements/service.ts';
import { judge } from '../generate/validate/statements/statements.ts';
import { nodesOf, readTyped, textAt, type Typed } from '../generate/validate/tree.ts';
import { withoutMeta } from './meta.ts';

/** What a dump of pg_dump becomes. */
export interface DumpedSchema {
  /** What is left, in its order, without the semicolons. */
  readonly statements: readonly string[];
  /** The same with the extensions, in their place, that are not there before schema files run. */
  readonly withExtensions: readonly string[];
  /** What CREATE EXTENSION named: values.yaml declares it. */
  readonly extensions: readonly string[];
  /** A sentence for each thing that is left out. */
  readonly leftOut: readonly string[];
}

/** Where a dump has something that is no SQL. */
export interface NoSql {
  readonly message: string;
  readonly line: number;
}

/** What nothing but pg_dump writes: how it begins, a line for psql, data behind a COPY, and how it has names qualified. */
const OF_A_DUMP = [
  /^-- PostgreSQL database (cluster )?dump\r?$/m,
  /^\\restrict \S+\r?$/m,
  /^COPY \S+ .*FROM stdin;\r?$/m,
  /^SELECT pg_catalog\.set_config\('search_path', '', false\);/m,
];

/** Whether pg_dump wrote a text. */
export function isDump(text: string): boolean {
  return OF_A_DUMP.some((sign) => sign.test(text));
}

/** Makes a schema file of what pg_dump printed: without what it sets, what is the admin's, and what no service may make. */
export async function schemaOfDump(dump: string, service: Service, parse: Parse): Promise<DumpedSchema | NoSql> {
  const { text, leftOut } = await withoutMeta(dump, parse);
  const parsed = await parse(text);
  if ('isTooDeep' in parsed) return { message: 'a statement is nested too deeply to be read', line: 1 };
  if ('message' in parsed) return { message: parsed.message, line: text.slice(0, parsed.character).split('\n').length };
  const sorted = sort(parsed.statements, Buffer.from(text), service);
  return {
    statements: sorted.flatMap((each) => (each.fate === 'kept' ? [each.sql] : [])),
    withExtensions: sorted.flatMap((each) => {
      const isMissing = each.fate === 'extension' && each.name !== 'plpgsql' && !service.extensions.includes(each.name);
      return each.fate === 'kept' || isMissing ? [each.sql] : [];
    }),
    extensions: sorted.flatMap((each) => (each.fate === 'extension' ? [each.name] : [])),
    leftOut: [
      ...leftOut,
      ...sorted.flatMap((each) => (each.fate === 'left out' ? [each.sentence] : [])),
      ...privilegesIn(sorted),
    ],
  };
}

type Sorted =
  | { readonly fate: 'kept'; readonly sql: string }
  | { readonly fate: 'left out'; readonly sentence: string }
  | { readonly fate: 'extension'; readonly name: string; readonly sql: string }
  | { readonly fate: 'privilege' | 'noise' };

function sort(statements: readonly Statement[], bytes: Buffer, service: Service): Sorted[] {
  const { refusals } = judge(statements, service, false);
  return statements.map(({ stmt, stmt_location: from = 0, stmt_len: length }, index) => {
    const sql = withoutComments(bytes.subarray(from, length === undefined ? undefined : from + length).toString());
    const fate = fateOf(readTyped(stmt), sql);
    if (fate) return fate;
    const refusal = refusals[index];
    return refusal ? { fate: 'left out', sentence: `${beginningOf(sql)}: ${refusal.message}` } : { fate: 'kept', sql };
  });
}

/** What pg_dump says of each object stands above it, in lines of their own. */
function withoutComments(sql: string): string {
  return sql.replace(/^(\s+|--[^\n]*\n)*/, '').trimEnd();
}

/** So much of a statement as a line holds. */
export function beginningOf(sql: string): string {
  const [line = ''] = sql.split('\n');
  return line.length > 80 ? `${line.slice(0, 80)}…` : line.replace(/ \($/, '');
}

const FOREIGN = ['CreateForeignServerStmt', 'CreateUserMappingStmt', 'CreateForeignTableStmt', 'ImportForeignSchemaStmt'];

/** What becomes of a statement whatever else it says; undefined where that is for the rules of schema files to say. */
function fateOf(statement: Typed | undefined, sql: string): Sorted | undefined {
  if (statement === undefined) return { fate: 'noise' };
  const { type, node } = statement;
  if (type === 'CreateExtensionStmt') return { fate: 'extension', name: textAt(node, 'extname'), sql };
  if (type === 'GrantStmt' || type === 'AlterDefaultPrivilegesStmt') return { fate: 'privilege' };
  if (FOREIGN.includes(type))
    return { fate: 'left out', sentence: `${beginningOf(sql)}: what lies on another server stays undeclared` };
  return isNoise(type, node, sql) ? { fate: 'noise' } : undefined;
}

/** What every dump has, and a schema file has by itself: its settings, its owner, schema public, the comment of an extension. */
function isNoise(type: string, node: Typed['node'], sql: string): boolean {
  if (type === 'VariableSetStmt' || type === 'AlterOwnerStmt') return true;
  if (type === 'CreateSchemaStmt') return textAt(node, 'schemaname') === 'public';
  if (type === 'CommentStmt') return node['objtype'] === 'OBJECT_EXTENSION';
  if (type === 'AlterTableStmt') return nodesOf(node['cmds']).every(({ subtype }) => subtype === 'AT_ChangeOwner');
  return /^SELECT pg_catalog\.set_config\('search_path'/.test(sql);
}

/**
 * The text of a schema file with these statements; empty when there is none. A function may name a table that stands below it: pg_dump has them first.
 * A schema is there already where values.yaml places an extension in it.
 */
export function textOf(statements: readonly string[]): string {
  if (statements.length === 0) return '';
  const hasFunctions = statements.some((sql) => /^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE)/.test(sql));
  const made = statements.map((sql) => sql.replace(/^CREATE SCHEMA (?!IF )/, 'CREATE SCHEMA IF NOT EXISTS '));
  return [...(hasFunctions ? ['SET check_function_bodies = false'] : []), ...made].map((sql) => `${sql};\n`).join('\n');
}

function privilegesIn(sorted: readonly Sorted[]): string[] {
  const { length } = sorted.filter(({ fate }) => fate === 'privilege');
  if (length === 0) return [];
  return [
    `${length} of GRANT, REVOKE and ALTER DEFAULT PRIVILEGES: what others may do is declared as roles of the service's entry`,
  ];
}
