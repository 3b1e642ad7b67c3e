import { isRecord } from '../../fields.ts';
import type { Library, Statement } from './library.ts';
import { optionsOf, readTyped, textAt, type Node } from '../tree.ts';

/** Whether it is worth while to look for what ends the transaction in a DO. */
export function mayEndTransaction(text: string): boolean {
  return /\bdo\b/i.test(text) && /\b(commit|rollback)\b/i.test(text);
}

/** Statements with the block of each DO beside its text, as the parser of PL/pgSQL gives it; without the blocks that it refuses. */
export function withBlocks(
  statements: readonly Statement[],
  { parsePlPgSQLSync: parse }: Pick<Library, 'parsePlPgSQLSync'>,
): Statement[] {
  return statements.map((statement) => {
    const typed = readTyped(statement.stmt);
    if (typed?.type !== 'DoStmt') return statement;
    return { ...statement, stmt: { DoStmt: { ...typed.node, block: blockOf(typed.node, parse) } } };
  });
}

function blockOf(statement: Node, parse: (text: string) => unknown): unknown {
  const options = optionsOf(statement['args']);
  const body = textAt(options.get('as') ?? {}, 'sval');
  if (textAt(options.get('language') ?? { sval: 'plpgsql' }, 'sval') !== 'plpgsql') return undefined;
  try {
    return findBlock(parse(`DO ${quote(body)}`));
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
