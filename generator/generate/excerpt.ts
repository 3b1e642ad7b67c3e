import stringWidth from 'string-width';
import { printableLine } from './printable.ts';

/** What of a line is shown, in columns of a terminal: with its indentation it fits into eighty. */
const WIDTH = 74;

/** UTF-16 units on each side of the place that are looked at, however long the line is: whatever is wider than nothing is in them. */
const REACH = 4 * WIDTH;

/** Columns of a tab, at most. */
const TAB = 8;

/** A character as a person counts them, as it is printed, with its columns. */
interface Cell {
  readonly text: string;
  readonly width: number;
}

/** The part of a line around a column (from 1, in UTF-16 units), and a caret that stands below it. */
export function excerptOf(line: string, column: number): string[] {
  const at = Math.min(column - 1, line.length);
  const before = cellsOf(line.slice(Math.max(0, at - REACH), at));
  const after = cellsOf(line.slice(at, at + REACH));
  const right = fitting(after, Math.max(WIDTH / 2, WIDTH - widthOf(before)));
  const left = fitting(before.toReversed(), WIDTH - widthOf(right)).toReversed();
  const isCut = {
    left: left.length < before.length || at > REACH,
    right: right.length < after.length || at + REACH < line.length,
  };
  const start = isCut.left ? '…' : '';
  const caret = left.map(({ text, width }) => (text === '\t' ? text : ' '.repeat(width))).join('');
  return [`${start}${textOf(left)}${textOf(right)}${isCut.right ? '…' : ''}`, `${isCut.left ? ' ' : ''}${caret}^`];
}

/** A text on one line, without its middle if that is wider than two lines of a screen. */
export function withoutMiddle(text: string): string {
  const [start, end] = [cellsOf(text.slice(0, REACH)), cellsOf(text.slice(-REACH))];
  if (text.length <= REACH && widthOf(start) <= 2 * WIDTH) return textOf(start);
  const left = fitting(start, WIDTH);
  const right = fitting(end.toReversed(), WIDTH - 1).toReversed();
  return `${textOf(left)}…${textOf(right)}`;
}

function cellsOf(text: string): Cell[] {
  return [...new Intl.Segmenter('en').segment(text)].map(({ segment }) => {
    const printed = printableLine(segment);
    return { text: printed, width: printed === '\t' ? TAB : stringWidth(printed) };
  });
}

/** The first cells, as many as these columns hold. */
function fitting(cells: readonly Cell[], columns: number): Cell[] {
  let taken = 0;
  const end = cells.findIndex(({ width }) => (taken += width) > columns);
  return cells.slice(0, end < 0 ? cells.length : end);
}

function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}

function textOf(cells: readonly Cell[]): string {
  return cells.map(({ text }) => text).join('');
}
