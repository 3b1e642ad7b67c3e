import { CONFLICT, conflictIn, isOfConflict } from '../conflict.ts';
import { lineOf, positionAt, type Problem } from '../problem.ts';
import type { Parse, Parsed } from './parser.ts';
import type { Statement } from './parser/library.ts';
import { COPY_FROM_CLIENT } from './statements/table.ts';

/** Where a text is no SQL. */
export type NotSql = Extract<Parsed, { message: string }>;

interface PassedErrors {
  readonly problems: Problem[];
  /** The text with blanks in the place of what is no SQL, and the statements in it; undefined where it is not known where one ends. */
  readonly rest?: { readonly text: string; readonly statements: readonly Statement[] };
}

/** So many are told of a file: whoever has more has something else in mind than SQL. */
const MOST_ERRORS = 10;

/** Finds the syntax errors of a text, of which the first is known: the statement that has it becomes blanks, and the parser goes on. */
export async function passSyntaxErrors(file: string, text: string, first: NotSql, parse: Parse): Promise<PassedErrors> {
  const problems: Problem[] = [];
  let [failed, rest] = [first, text];
  while (problems.length < MOST_ERRORS) {
    problems.push(syntaxProblem(file, text, failed));
    const passed = blank(rest, failed);
    if (passed === undefined) return { problems };
    rest = passed;
    const parsed = await parse(rest);
    if ('statements' in parsed) return { problems, rest: { text: rest, statements: parsed.statements } };
    if ('isTooDeep' in parsed) return { problems };
    failed = parsed;
  }
  return { problems };
}

/** Blanks in the place of the statement with the error, or of a line for psql, character for character. */
function blank(text: string, { character, statement }: NotSql): string | undefined {
  const characters = [...text];
  const isMeta = characters[character] === '\\';
  const line = characters.indexOf('\n', character);
  const [from, to] = isMeta ? [character, line < 0 ? characters.length : line] : (statement ?? [0, 0]);
  if (to <= character) return undefined;
  return characters.map((each, at) => (at >= from && at < to && each !== '\n' ? ' ' : each)).join('');
}

function syntaxProblem(file: string, text: string, { message, character, since }: NotSql): Problem {
  const offset = offsetOf(text, character);
  const copy = copyBefore(text, offset);
  if (copy !== undefined) return { ...placeOf(file, text, copy), ...COPY_FROM_CLIENT };
  const place = placeOf(file, text, offset);
  if (conflictIn(text) !== undefined && isOfConflict(place.excerpt ?? '')) return { ...place, ...CONFLICT };
  if (text[offset] === '\\') return { ...place, ...metaCommand(place.excerpt ?? '') };
  const hint = placeholderAt(text, offset) ?? (since && `PostgreSQL has it since ${since}, which postgresql.version is not.`);
  return { ...place, message: message.replace(/\s+/g, ' '), ...(hint && { hint }) };
}

/** What others would put a value in the place of: psql's variables, and templates of tools and shells. */
const PLACEHOLDERS: readonly [RegExp, string][] = [
  [/^:(?:['"]?[A-Za-z_]\w*['"]?|\{\?\w+\})/, "psql's variable"],
  [/^\$\{[^}\n]*\}|^\{\{[^\n]*?\}\}|^\$\([^)\n]*\)/, 'template'],
];

function placeholderAt(text: string, offset: number): string | undefined {
  for (const [pattern, what] of PLACEHOLDERS) {
    const [found] = pattern.exec(text.slice(offset, offset + 200)) ?? [];
    if (found !== undefined)
      return `Write the value in the place of ${found}: a schema file is SQL as it stands, and no ${what} is replaced in it.`;
  }
  return undefined;
}

/** Where the COPY stands whose data this is, which is no SQL. */
function copyBefore(text: string, offset: number): number | undefined {
  const before = text.slice(0, offset);
  const copies = [...before.matchAll(/^[ \t]*COPY\s[^;]*\sFROM\s+STDIN\b[^;]*;[ \t\r]*$/gim)];
  const last = copies.at(-1);
  const isOver = last !== undefined && /^\\\.\r?$/m.test(before.slice(last.index));
  return isOver ? undefined : last?.index;
}

function metaCommand(line: string): Pick<Problem, 'message' | 'hint'> {
  const [, hint = 'Schema files are SQL for the server; write what the command does in SQL.'] =
    WAYS_OUT.find(([command]) => command.test(line)) ?? [];
  return { message: 'psql meta-commands are not allowed in a schema file', hint };
}

/** What to do about the commands that dumps and scripts for psql have, on lines of their own. */
const WAYS_OUT: readonly [RegExp, string][] = [
  [/^\s*\\(un)?restrict\s/, 'pg_dump writes the lines \\restrict and \\unrestrict for psql: remove both.'],
  [/^\s*\\set\s+ON_ERROR_(STOP|ROLLBACK)\b/i, 'Remove the line: a schema file ends at its first error, and nothing of it stays.'],
  [/^\s*\\(echo|qecho|warn|timing|pset)\b/, 'Remove the line: nobody reads what psql would print.'],
  [
    /^\s*\\(i|ir|include|include_relative)\s/,
    'Put the text of that file here, or make it a schema file of its own, by its turn.',
  ],
  [/^\s*\\(c|connect)\b/, "Remove the line: a schema file runs in its service's database, as the service."],
];

/** The parser counts characters, JavaScript counts UTF-16 units. */
export function offsetOf(text: string, character: number): number {
  return [...text].slice(0, character).join('').length;
}

export function placeOf(file: string, text: string, offset: number): Pick<Problem, 'file' | 'position' | 'excerpt'> {
  const position = positionAt(text, offset);
  return { file, position, excerpt: lineOf(text, position.line) };
}
