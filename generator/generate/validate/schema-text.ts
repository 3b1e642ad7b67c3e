import { positionAt, type Position, type Problem } from '../problem.ts';
import { isMarked, refuseOtherMarks } from './statements/mark.ts';
import type { Parse } from './parser.ts';
import type { Statement } from './parser/library.ts';
import { placeStatements } from './statements/lines.ts';
import type { Step } from './statements/outside.ts';
import type { Service } from './statements/service.ts';
import { judge, type Refusal } from './statements/statements.ts';
import { offsetOf, passSyntaxErrors, placeOf, type NotSql } from './syntax.ts';

/** What is known of the text of a schema file. */
export interface CheckedText {
  /** The lines, from 1, at which it can be cut into whole statements; none when it has a problem. */
  readonly lines: readonly number[];
  /** How each statement is run, where the file runs outside a transaction. */
  readonly steps?: readonly Step[];
  readonly problems: readonly Problem[];
  /** What the parser gave; left out where it refused something. */
  readonly statements?: readonly Statement[];
}

/** Reads the text of a schema file of a service, of which these are the bytes, and refuses what that could not apply in one transaction. */
export async function checkText(file: string, bytes: Uint8Array, service: Service, parse: Parse): Promise<CheckedText> {
  const text = decode(bytes);
  const unfit = text === undefined ? notUtf8(file) : unfitText(file, text);
  if (text === undefined || unfit) return { lines: [], problems: unfit ? [unfit] : [] };
  const parsed = await parse(text);
  if ('isTooDeep' in parsed) return { lines: [], problems: [tooDeep(file, text, parsed.character)] };
  if ('message' in parsed) return { lines: [], problems: await checkAround(file, text, parsed, { service, parse }) };
  const { statements } = parsed;
  return { ...judgeText(file, { text, bytes, statements }, service), statements };
}

/** A text with the statements in it. */
interface ReadText {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly statements: readonly Statement[];
}

function judgeText(file: string, { text, bytes, statements }: ReadText, service: Service): CheckedText {
  const { starts, cuts } = placeStatements(bytes, statements);
  const { refusals, steps } = judge(statements, service, isMarked(text));
  const each = steps ? refuseNeighbours(refusals, starts, cuts) : refusals;
  const problems = [...refusedStatements(file, text, each, starts), ...refuseOtherMarks(file, text)];
  return { lines: cuts, ...(steps && { steps }), problems };
}

/** What is no SQL, and what is refused of the statements around it. */
async function checkAround(
  file: string,
  text: string,
  failed: NotSql,
  reading: { readonly service: Service; readonly parse: Parse },
): Promise<Problem[]> {
  const { problems, rest } = await passSyntaxErrors(file, text, failed, reading.parse);
  if (rest === undefined) return problems;
  const others = judgeText(file, { ...rest, bytes: new TextEncoder().encode(rest.text) }, reading.service);
  return [...problems, ...others.problems];
}

/** Each statement is sent by itself, and statements are told apart by their lines. */
function refuseNeighbours(
  refusals: readonly (Refusal | undefined)[],
  starts: readonly Position[],
  cuts: readonly number[],
): (Refusal | undefined)[] {
  const isCut = (from: number, to: number): boolean => cuts.some((line) => line > from && line <= to);
  return refusals.map((refusal, index) => {
    const [before, start] = [starts[index - 1], starts[index]];
    return refusal ?? (before && start && !isCut(before.line, start.line) ? ON_ONE_LINE : undefined);
  });
}

const ON_ONE_LINE: Refusal = {
  message: 'in a file that runs outside a transaction each statement begins on a line of its own',
  hint: 'Begin a new line before it.',
};

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function notUtf8(file: string): Problem {
  return { file, message: 'the file is not UTF-8', hint: 'Save it as UTF-8; PostgreSQL is told that it is.' };
}

/** Why a text is no SQL, before anybody parses it. */
function unfitText(file: string, text: string): Problem | undefined {
  if (text.includes('\0')) return { file, message: 'the file has a NUL character, which PostgreSQL does not accept' };
  const uncarried = UNCARRIED.exec(text);
  return uncarried ? notCarried(file, text, uncarried) : (crowdedSigns(file, text) ?? partThatUndoes(file, text));
}

/** How goose, dbmate, sql-migrate, rambler and node-pg-migrate begin the part of a file that undoes the rest. */
const UNDOES = /^[ \t]*--[ \t]*(?:\+goose Down|migrate:down|\+migrate Down|rambler down|Down Migration)\b.*$/im;

function partThatUndoes(file: string, text: string): Problem | undefined {
  const marker = UNDOES.exec(text);
  const isEmpty = marker === null || !/^[ \t]*(?!--)\S/m.test(text.slice(marker.index + marker[0].length));
  if (isEmpty) return undefined;
  const message = 'what follows would undo the file at once: all of a schema file is applied';
  const hint = 'Leave out this line and what follows it; a file that was applied with them gets a new name.';
  return { ...placeOf(file, text, marker.index), message, hint };
}

/**
 * PostgreSQL's scanner looks at all the signs that follow without a blank, each time that a comment begins among them, and for each + and - that it
 * takes off their end (scan.l of PostgreSQL, xcstart and operator). So many looks take half a second.
 */
const MOST_LOOKS = 400_000_000;

const SIGNS = /[-+*/%<>=~!@#^&|`?]+/g;

function crowdedSigns(file: string, text: string): Problem | undefined {
  let looks = 0;
  for (const { 0: signs, index } of text.matchAll(SIGNS)) {
    looks += signs.length * looksAt(signs);
    if (looks > MOST_LOOKS) {
      const message = `there are ${signs.length} signs without a blank, among which comments or operators begin so often that PostgreSQL takes minutes to read them`;
      return { ...placeOf(file, text, index), message, hint: 'Put blanks or line ends between them.' };
    }
  }
  return undefined;
}

function looksAt(signs: string): number {
  let end = signs.length;
  while (!signs.startsWith('--') && (signs[end - 1] === '+' || signs[end - 1] === '-')) end -= 1;
  return signs.split('/*').length - 1 + signs.length - end;
}

/** What a ConfigMap of YAML has no place for (YAML 1.1, "Character set"), whoever writes it. PostgreSQL has chr() and U&'' for them. */
// eslint-disable-next-line no-control-regex -- they are what it is about
const UNCARRIED = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

function notCarried(file: string, text: string, { 0: character, index }: RegExpExecArray): Problem {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const hint = `Remove it, or write it as an escape: U&'\\${code}'.`;
  return { file, position: positionAt(text, index), message: `the character U+${code} cannot be carried to the server`, hint };
}

function tooDeep(file: string, text: string, character: number | undefined): Problem {
  const place = character === undefined ? { file } : placeOf(file, text, offsetOf(text, character));
  const hint = 'Divide it into several statements.';
  return { ...place, message: "the file nests too deeply for PostgreSQL's parser", hint };
}

function refusedStatements(
  file: string,
  text: string,
  refusals: readonly (Refusal | undefined)[],
  starts: readonly Position[],
): Problem[] {
  const refused = refusals.flatMap((refusal, index) => {
    const position = starts[index];
    return refusal && position ? [{ ...refusal, position }] : [];
  });
  const lines = refused.length > 0 ? text.split('\n') : [];
  return refused.map((each) => ({ file, ...each, excerpt: (lines[each.position.line - 1] ?? '').replace(/\r$/, '') }));
}
