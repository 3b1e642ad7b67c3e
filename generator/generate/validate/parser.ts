import { hasSqlDetails, loadModule, parseSync } from 'libpg-query';

/** A statement as PostgreSQL's parser gives it: its node, and its bytes; what is 0 is left out. */
export interface Statement {
  readonly stmt?: unknown;
  /** Where its first word begins, in bytes. */
  readonly stmt_location?: number;
  /** Bytes up to the semicolon that ends it; left out when nothing does. */
  readonly stmt_len?: number;
}

/** What became of a text. */
export type Parsed =
  | { readonly statements: readonly Statement[] }
  /** `character` counts characters from 0. */
  | { readonly message: string; readonly character: number }
  | 'too deep'
  | 'not looked at';

/** Parses one text. */
export type Parse = (text: string) => Parsed;

/**
 * Whether the parser is as it was loaded. What nests so deeply that its stack overflows leaves it in the middle of its work; asked once
 * more it may answer wrongly, or never.
 */
let isFit = true;

/** PostgreSQL's own parser. After a text that was too deep it looks at none any more. */
export async function loadParser(): Promise<Parse> {
  await loadModule();
  return (text) => {
    if (!isFit) return 'not looked at';
    try {
      return { statements: parseSync(text).stmts ?? [] };
    } catch (error) {
      return failureOf(error);
    }
  };
}

function failureOf(error: unknown): Parsed {
  if (!hasSqlDetails(error) || !error.sqlDetails) {
    isFit = false;
    return 'too deep';
  }
  const { message, cursorPosition } = error.sqlDetails;
  // The limit of its grammar, which comes before the stack's for brackets.
  return message.startsWith('memory exhausted') ? 'too deep' : { message, character: cursorPosition };
}
