import { isRecord } from '../../fields.ts';
import type { Library, Statement } from './library.ts';
import { innerAt, namesOf, nodeAt, nodesOf, optionsOf, readTyped, textAt, type Node } from '../tree.ts';

/** Whether it is worth while to look for what ends the transaction in a DO or a procedure, or is about roles, names or arrays. */
export function mayMatter(text: string): boolean {
  return /\b(do|procedure)\b/i.test(text) && /\b(commit|rollback|role|user|group|grant|revoke|\w*regclass)\b|\[\]/i.test(text);
}

/**
 * Statements with the block of each DO and procedure beside its text, as the parser of PL/pgSQL gives it, and with the statements (`parts`)
 * and the expressions (`values`) in that of a DO; without the blocks that it refuses.
 */
export function withBlocks(statements: readonly Statement[], library: Library): Statement[] {
  return statements.map((statement) => {
    const typed = readTyped(statement.stmt);
    if (typed?.type === 'CreateFunctionStmt' && typed.node['is_procedure'] === true) {
      const block = findBlock(programOf(typed.node['options'], library.parsePlPgSQLSync));
      return { ...statement, stmt: { CreateFunctionStmt: { ...typed.node, block } } };
    }
    if (typed?.type !== 'DoStmt') return statement;
    const program = programOf(typed.node['args'], library.parsePlPgSQLSync);
    const block = findBlock(program);
    const [parts, values] = [partsOf(block, library, true), valuesOf(program, library)];
    return { ...statement, stmt: { DoStmt: { ...typed.node, block, parts, values } } };
  });
}

/** A statement in the block of a DO. `isSure`: it is reached, whatever is in the database. */
export interface Part {
  readonly stmt: unknown;
  readonly isSure: boolean;
}

/** Of plain statements and of EXECUTE with a constant. What is caught whatever it is may fail and do no harm. */
function partsOf(tree: unknown, library: Library, isSure: boolean): Part[] {
  if (Array.isArray(tree)) return tree.flatMap((each) => partsOf(each, library, isSure));
  const { type, node } = readTyped(tree) ?? { type: '', node: isRecord(tree) ? tree : {} };
  if (type === 'PLpgSQL_stmt_execsql') return readPart(sqlIn(node['sqlstmt']), library, isSure);
  if (type === 'PLpgSQL_stmt_dynexecute') return readPart(constantIn(sqlIn(node['query']), library), library, isSure);
  if (catchesAll(node)) return [];
  const isBlock = type === '' || type === 'PLpgSQL_stmt_block';
  return Object.values(node).flatMap((each) =>
    typeof each === 'object' ? partsOf(each, library, isSure && isBlock && !('exceptions' in node)) : [],
  );
}

function sqlIn(expression: unknown): string {
  return textAt(readTyped(expression)?.node ?? {}, 'query');
}

function readPart(sql: string, library: Library, isSure: boolean): Part[] {
  try {
    return (library.parseSync(sql).stmts ?? []).map(({ stmt }) => ({ stmt, isSure }));
  } catch {
    return [];
  }
}

/** The text of an expression that is nothing but one. */
function constantIn(expression: string, library: Library): string {
  const [{ stmt } = {}] = readPart(`SELECT ${expression}`, library, true);
  const [target] = nodesOf(readTyped(stmt)?.node['targetList']);
  return textAt(nodeAt(innerAt(target ?? {}, 'val'), 'sval'), 'sval');
}

function catchesAll({ exceptions }: Node): boolean {
  return /"condname":"(others|insufficient_privilege)"/.test(JSON.stringify(exceptions ?? ''));
}

/** The expressions of a program as queries, where none of its errors is caught. */
function valuesOf(program: unknown, library: Library): unknown[] {
  if (Array.isArray(program)) return program.flatMap((each) => valuesOf(each, library));
  if (!isRecord(program)) return [];
  const text = textAt(nodeAt(program, 'PLpgSQL_expr'), 'query').replace(/^\s*\w+\s*:?=/, '');
  if (text !== '') return readPart(`SELECT ${text}`, library, true).map(({ stmt }) => stmt);
  return 'exceptions' in program ? [] : Object.values(program).flatMap((each) => valuesOf(each, library));
}

function programOf(list: unknown, parse: (text: string) => unknown): unknown {
  const options = optionsOf(list);
  const as = options.get('as') ?? {};
  // Of a procedure it stands in a list.
  const body = 'items' in as ? (namesOf(as['items'])[0] ?? '') : textAt(as, 'sval');
  if (textAt(options.get('language') ?? { sval: 'plpgsql' }, 'sval') !== 'plpgsql') return undefined;
  try {
    return parse(`DO ${quote(body)}`);
  } catch {
    // The server says what is wrong with it.
    return undefined;
  }
}

function quote(body: string): string {
  let tag = '$block$';
  for (let number = 0; body.includes(tag); number += 1) tag = `$block${number}$`;
  return `${tag}${body}${tag}`;
}

function findBlock(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(findBlock).find((found) => found !== undefined);
  if (!isRecord(tree)) return undefined;
  return 'PLpgSQL_stmt_block' in tree ? tree['PLpgSQL_stmt_block'] : findBlock(Object.values(tree));
}
