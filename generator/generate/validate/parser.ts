import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { isRecord } from '../fields.ts';
import { mayMatter, withBlocks } from './parser/blocks.ts';
import type { Library, Statement } from './parser/library.ts';
import { statementAround } from './parser/around.ts';

/** What became of a text. `character` counts characters from 0. */
export type Parsed =
  | { readonly statements: readonly Statement[] }
  /** `since` is the first major that takes it, where a later one does; `statement` where the one with the error begins and ends, if that is known. */
  | {
      readonly message: string;
      readonly character: number;
      readonly since?: number;
      readonly statement?: readonly [from: number, to: number];
    }
  /** Without `character` when it is not known where. */
  | { readonly isTooDeep: true; readonly character?: number };

/** Parses one text, when the one before it is done. */
export type Parse = (text: string) => Promise<Parsed>;

const require = createRequire(import.meta.url);

/** PostgreSQL's own parsers, by its majors: what one takes for syntax another may not, or reads as something else (`1_000` before 16). */
const PARSERS = new Map([
  [15, () => require.resolve('libpg-query-15')],
  [16, () => require.resolve('libpg-query-16')],
  [17, () => require.resolve('libpg-query-17')],
  [18, () => require.resolve('libpg-query')],
]);

/** The files that tell which parsers these are. */
export function listParsers(): string[] {
  return [...PARSERS.values()].map((find) => join(dirname(find()), '../package.json'));
}

/** The parser of a major of PostgreSQL, loaded for the first text; later ones are asked about what it refuses. Throws for a major that has none. */
export function parserOfPostgres(major: number): Parse {
  const [own, ...later] = [...PARSERS.keys()]
    .filter((each) => each >= major)
    .map((each) => ({ major: each, parse: parserOf(each) }));
  if (own?.major !== major) throw new Error(`there is no parser of PostgreSQL ${major}`);
  let scanner: Library | undefined;
  return async (text) => {
    const parsed = await own.parse(text);
    if (!('message' in parsed)) return parsed;
    scanner ??= await loadLibrary(require.resolve('libpg-query'));
    const found = { ...parsed, statement: statementAround(text, parsed.character, scanner) };
    for (const { major: since, parse } of later) if ('statements' in (await parse(text))) return { ...found, since };
    return found;
  };
}

function parserOf(major: number): Parse {
  let library: Library | undefined;
  let ofBlocks: Library | undefined;
  return async (text) => {
    // Those before 18 fail at a text of nothing but blanks.
    if (/^[ \t\r\n]*$/.test(text)) return { statements: [] };
    library ??= await loadLibrary(PARSERS.get(major)?.() ?? '');
    try {
      const statements = library.parseSync(text).stmts ?? [];
      if (!mayMatter(text)) return { statements };
      ofBlocks ??= await loadLibrary(require.resolve('libpg-query'));
      return { statements: withBlocks(statements, ofBlocks) };
    } catch (error) {
      if (library.hasSqlDetails(error) && error.sqlDetails) return failureOf(error.sqlDetails);
      // A stack that overflows leaves the parser in the middle of its work; asked once more it may answer wrongly, or never.
      [library, ofBlocks] = [undefined, undefined];
      return { isTooDeep: true };
    }
  };
}

/** The library as nobody has used it: it has one parser, which lives as long as its module, and goes with it. */
async function loadLibrary(path: string): Promise<Library> {
  // V8 would begin to optimize it at the first statements, which takes longer than parsing a thousand schema files without.
  for (const flag of ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
  Reflect.deleteProperty(require.cache, path);
  const library: unknown = require(path);
  if (!isLibrary(library)) throw new Error(`${path} has no parser`);
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
