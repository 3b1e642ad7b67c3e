import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { isRecord } from '../fields.ts';

/** A statement as PostgreSQL's parser gives it: its node, and its bytes; what is 0 is left out. */
export interface Statement {
  readonly stmt?: unknown;
  /** Where its first word begins, in bytes. */
  readonly stmt_location?: number;
  /** Bytes up to the semicolon that ends it; left out when nothing does. */
  readonly stmt_len?: number;
}

/** What became of a text. `character` counts characters from 0. */
export type Parsed =
  | { readonly statements: readonly Statement[] }
  | { readonly message: string; readonly character: number }
  /** Without `character` when it is not known where. */
  | { readonly isTooDeep: true; readonly character?: number };

/** Parses one text, when the one before it is done. */
export type Parse = (text: string) => Promise<Parsed>;

type Library = typeof import('libpg-query');

/** PostgreSQL's own parser. It is loaded for the first text. */
export function parserOfPostgres(): Parse {
  let library: Library | undefined;
  return async (text) => {
    if (text === '') return { statements: [] };
    library ??= await loadLibrary();
    try {
      return { statements: library.parseSync(text).stmts ?? [] };
    } catch (error) {
      if (library.hasSqlDetails(error) && error.sqlDetails) return failureOf(error.sqlDetails);
      // A stack that overflows leaves the parser in the middle of its work; asked once more it may answer wrongly, or never.
      library = undefined;
      return { isTooDeep: true };
    }
  };
}

/** The library as nobody has used it: it has one parser, which lives as long as its module, and goes with it. */
async function loadLibrary(): Promise<Library> {
  // V8 would begin to optimize it at the first statements, which takes longer than parsing a thousand schema files without.
  for (const flag of ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
  const require = createRequire(import.meta.url);
  Reflect.deleteProperty(require.cache, require.resolve('libpg-query'));
  const library: unknown = require('libpg-query');
  if (!isLibrary(library)) throw new Error('libpg-query has no parser');
  await library.loadModule();
  return library;
}

function isLibrary(module: unknown): module is Library {
  return isRecord(module) && 'parseSync' in module;
}

function failureOf({ message, cursorPosition }: { message: string; cursorPosition: number }): Parsed {
  // The limit of its grammar, which comes before the stack's for brackets.
  return message.startsWith('memory exhausted')
    ? { isTooDeep: true, character: cursorPosition }
    : { message, character: cursorPosition };
}
