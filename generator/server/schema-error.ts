import pg from 'pg';

/** Where a statement of a schema file begins: its line and its column, from 1; without them only the file is known. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** The place in what the server says before an error, or before a statement that is sent by itself. */
export function placeIn({ severity, message = '' }: { severity?: string; message?: string }): Place | undefined {
  const [, file, line, column] = (severity === 'INFO' && /^at (\S+):(\d+):(\d+)$/.exec(message)) || [];
  return file === undefined ? undefined : { file, line: Number(line), column: Number(column) };
}

/**
 * What the server says of a schema file of this text, in the lines of say.awk: the place, the line with a caret below it, and the server's hint; never more of the
 * text, nor of the data. The server counts in the statement that it was sent, if it is not one of a function that this calls.
 */
export function explainFileError(error: pg.DatabaseError, place: Place, text: string): string[] {
  const severity = error.severity ?? 'ERROR';
  if (error.message.startsWith('schema file ')) return [`${severity}:  ${error.message}`, ...hintOf(error)];
  const found = place.line === undefined ? undefined : findPlace(error, place.line, text);
  const parts = found ? [place.file, found.line, found.column] : [place.file, place.line, place.column];
  const where = parts.filter((part) => part !== undefined).join(':');
  return [`${severity}:  ${where}: ${error.message}`, ...(found?.shown ?? []).map((line) => `    ${line}`), ...hintOf(error)];
}

/** What the server advises, in psql's words. Its details may hold a row. */
export function hintOf({ hint }: { hint?: string }): string[] {
  return hint === undefined ? [] : [`HINT:  ${hint}`];
}

interface Found {
  readonly line: number;
  readonly column: number;
  readonly shown: readonly string[];
}

function findPlace(error: pg.DatabaseError, first: number, text: string): Found | undefined {
  const lines = text.split('\n');
  const { position = error.internalPosition, internalQuery } = error;
  const isOwn = internalQuery === undefined || internalQuery.split('\n')[0] === lines[first - 1];
  if (position === undefined || !isOwn) return undefined;
  const before = [...lines.slice(first - 1).join('\n')].slice(0, Number(position) - 1);
  const start = before.lastIndexOf('\n') + 1;
  const line = first + before.filter((character) => character === '\n').length;
  const column = before.length - start + 1;
  return { line, column, shown: showPlace((lines[line - 1] ?? '').replace(/\r$/, ''), column - 1) };
}

/** Columns of a screen that are shown, and how many of them are left behind the place (reportErrorPosition in libpq's fe-protocol3.c). */
const WIDTH = 60;
const BEHIND = 10;

/** The part of a line around a character, and a caret below it, as libpq cuts it. */
function showPlace(line: string, at: number): string[] {
  const characters = [...line.replaceAll('\t', ' ')];
  let [from, to] = [0, characters.length];
  if (to > WIDTH) {
    to = at + BEHIND <= WIDTH ? WIDTH : Math.min(to, at + BEHIND);
    from = Math.max(0, to - WIDTH);
  }
  const start = from > 0 ? '...' : '';
  const shown = `${start}${characters.slice(from, to).join('')}${to < characters.length ? '...' : ''}`;
  return [shown, `${' '.repeat(start.length + at - from)}^`];
}
