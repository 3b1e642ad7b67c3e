import type { Parse } from '../generate/validate/parser.ts';
import type { Statement } from '../generate/validate/parser/library.ts';
import { isMarked, MARK } from '../generate/validate/statements/mark.ts';
import type { Service } from '../generate/validate/statements/service.ts';
import { judge } from '../generate/validate/statements/statements.ts';
import { holds, readTyped, textAt } from '../generate/validate/tree.ts';

/** A migration as a schema file can have it. */
export interface Mended {
  readonly text: string;
  /** What was done to it, in the words of a list: `BEGIN and COMMIT taken out`. */
  readonly done: readonly string[];
}

/** Takes out of a migration what a schema file has by itself, and has it run outside a transaction where it must; the rest stays as it is. */
export async function mend(text: string, service: Service, parse: Parse): Promise<Mended> {
  const parsed = await parse(text);
  if (!('statements' in parsed)) return { text, done: [] };
  const taken = parsed.statements.map((statement) => whyTaken(statement, service));
  const left = parsed.statements.filter((_, index) => taken[index] === undefined);
  const isHindered = judge(left, service, false).refusals.some((refusal) => refusal?.runsOutside === true);
  const marks = !isMarked(text) && (isHindered || left.some(mayEnd));
  // One statement that can run nowhere else says so by itself.
  const runsAlone = left.length === 1 && isHindered && readTyped(left[0]?.stmt)?.type !== 'DoStmt';
  const without = takeOut(
    text,
    parsed.statements.filter((_, index) => taken[index] !== undefined),
  );
  return {
    text: marks && !runsAlone ? `${MARK}\n${without}` : without,
    done: [...new Set(taken.filter((why) => why !== undefined)), ...(marks && !runsAlone ? ['runs outside a transaction'] : [])],
  };
}

/** Whether a DO may end the transaction that it runs in, wherever in its block. */
function mayEnd({ stmt }: Statement): boolean {
  return readTyped(stmt)?.type === 'DoStmt' && holds(stmt, ({ type }) => /^PLpgSQL_stmt_(commit|rollback)$/.test(type));
}

/** What it is that a schema file does without. */
function whyTaken({ stmt }: Statement, { extensions }: Service): string | undefined {
  const { type, node } = readTyped(stmt) ?? { type: '', node: {} };
  if (type === 'TransactionStmt' && WRAPS.includes(textAt(node, 'kind')) && node['chain'] !== true)
    return 'BEGIN and COMMIT taken out';
  const name = type === 'CreateExtensionStmt' && node['if_not_exists'] !== true ? textAt(node, 'extname') : '';
  return name === 'plpgsql' || extensions.includes(name) ? `extension ${name} taken out, which is there already` : undefined;
}

const WRAPS = ['TRANS_STMT_BEGIN', 'TRANS_STMT_START', 'TRANS_STMT_COMMIT'];

/** Without these statements and the semicolons behind them; lines stay where they are. */
function takeOut(text: string, statements: readonly Statement[]): string {
  const bytes = Buffer.from(text);
  let [kept, from] = ['', 0];
  for (const { stmt_location: start = 0, stmt_len: length } of statements) {
    const end = length === undefined ? bytes.length : start + length;
    const gone = bytes.subarray(start, end).toString();
    // Before 18 the parser counts what stands before a statement to it: comments stay.
    kept +=
      bytes.subarray(from, start).toString() +
      gone.slice(0, gone.length - wordsOf(gone).length) +
      wordsOf(gone).replace(/[^\n]/g, '');
    from = bytes[end] === SEMICOLON ? end + 1 : end;
  }
  return kept + bytes.subarray(from).toString();
}

const SEMICOLON = 0x3b;

/** A statement without the comments before it. */
function wordsOf(statement: string): string {
  return statement.replace(/^(\s+|--[^\n]*(\n|$)|\/\*[^]*?\*\/)*/, '');
}
