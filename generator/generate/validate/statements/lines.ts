import type { Position } from '../../problem.ts';
import type { Statement } from '../parser/library.ts';

/** Where the statements of a file are. */
export interface Places {
  /** Where each statement begins. */
  readonly starts: readonly Position[];
  /**
   * The lines, from 1, at which the file can be cut into whole statements: for each statement the one on which it begins, or on
   * which a comment begins that ends before it on its line; none when the statement before it ends there.
   */
  readonly cuts: readonly number[];
}

/** Finds the statements that PostgreSQL's parser gave for a text of these bytes, in one pass: there may be very many. */
export function placeStatements(bytes: Uint8Array, statements: readonly Statement[]): Places {
  const starts: Position[] = [];
  const cuts: number[] = [];
  let place: Place = { offset: 0, line: 1, column: 1 };
  for (const { stmt_location: from = 0, stmt_len: length } of statements) {
    const start = firstWord(bytes, from);
    const cut = lastCut(bytes, place, start);
    if (cut !== undefined) cuts.push(cut);
    place = moveOn(bytes, place, start);
    starts.push({ line: place.line, column: place.column });
    place = moveOn(bytes, place, length === undefined ? bytes.length : from + length);
  }
  return { starts, cuts };
}

/** A place in bytes that are UTF-8. The column counts UTF-16 units, as editors do. */
interface Place extends Position {
  readonly offset: number;
}

/** Where a statement's first word begins: before 18 the parser counts what stands before it, behind the last one, to a statement. */
function firstWord(bytes: Uint8Array, from: number): number {
  let [at, depth] = [from, 0];
  while (at < bytes.length) {
    const pair = String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0);
    const step = pair === '/*' ? 1 : pair === '*/' && depth > 0 ? -1 : 0;
    if (step !== 0) [at, depth] = [at + 2, depth + step];
    else if (pair === '--' && depth === 0) at = endOfLine(bytes, at);
    else if (depth > 0 || /^[ \t\n\r\f\v;]/.test(pair)) at += 1;
    else break;
  }
  return at;
}

function endOfLine(bytes: Uint8Array, from: number): number {
  const end = bytes.subarray(from).findIndex((byte) => byte === NEWLINE || byte === RETURN);
  return end < 0 ? bytes.length : from + end;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

function moveOn(bytes: Uint8Array, from: Place, offset: number): Place {
  let { line, column } = from;
  for (let at = from.offset; at < offset; at += 1) {
    const byte = bytes[at] ?? 0;
    line += byte === NEWLINE ? 1 : 0;
    column = byte === NEWLINE ? 1 : column + unitsOf(byte);
  }
  return { offset, line, column };
}

/** The UTF-16 units of a character, counted at its first byte. */
function unitsOf(byte: number): number {
  if (byte >= 0x80 && byte < 0xc0) return 0;
  return byte >= 0xf0 ? 2 : 1;
}

/**
 * The last line that begins before `offset` and in no comment, on the way there from the end of a statement or the beginning of
 * the file. Between statements there are but blanks, semicolons and comments, which nest (PostgreSQL's manual, 4.1.5).
 */
function lastCut(bytes: Uint8Array, { offset: from, line: first }: Place, offset: number): number | undefined {
  let [line, depth, isToLineEnd] = [first, 0, false];
  let cut = from === 0 ? 1 : undefined;
  for (let at = from; at < offset; at += 1) {
    const pair = String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0);
    const endsLine = pair.startsWith('\n');
    line += endsLine ? 1 : 0;
    if (endsLine && depth === 0) cut = line;
    if (endsLine || pair.startsWith('\r')) isToLineEnd = false;
    if (isToLineEnd) continue;
    if (pair === '--' && depth === 0) isToLineEnd = true;
    const step = pair === '/*' ? 1 : pair === '*/' ? -1 : 0;
    depth += step;
    at += Math.abs(step);
  }
  return cut;
}
