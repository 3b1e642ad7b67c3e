import stringWidth from 'string-width';
import type { Column, Table } from '../server/tables.ts';

/** A table as a box: sizes are in pixels of the drawing. */
export interface Box {
  readonly id: string;
  readonly title: string;
  /** What a pointer on it shows. */
  readonly about: string;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Line[];
}

/** A column in its box. */
export interface Line {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly isKey: boolean;
  readonly isRequired: boolean;
  /** From the top of the box to the middle of the line. */
  readonly y: number;
}

/** Of the monospaced font, at the size that the style gives it. */
const CHARACTER = 6.65;
export const TITLE_HEIGHT = 26;
const LINE_HEIGHT = 18;
const PADDING = 10;
/** For the key before the names. */
export const NAMES_FROM = 24;
const GAP = 18;

/** Cells that a name or a type has at most. */
const LONGEST = 28;

/** The box of a table, with a last line for columns that have none. */
export function boxOf(table: Table): Box {
  const lines = table.columns.map(lineOf);
  const hidden = table.width - table.columns.length;
  if (hidden > 0)
    lines.push(lineFor({ number: 0, name: `… and ${hidden} more`, type: '', isKey: false, isRequired: false }, lines.length));
  const title = shorten(table.schema === 'public' ? table.name : `${table.schema}.${table.name}`, LONGEST * 2);
  const widest = Math.max(0, ...lines.map(({ name, type }) => cells(name) + cells(type)));
  const width = Math.max(cells(title) * CHARACTER * 1.05 + 2 * PADDING, widest * CHARACTER + NAMES_FROM + GAP + PADDING, 120);
  const height = TITLE_HEIGHT + lines.length * LINE_HEIGHT + 6;
  const about = [`${table.schema}.${table.name}`, ...(table.comment === null ? [] : [table.comment])].join(': ');
  return { id: table.id, title, about, width: Math.ceil(width), height, lines };
}

function lineOf(column: Column, index: number): Line {
  const type = column.type.replace(/^public\./, '').replace('timestamp with time zone', 'timestamptz');
  return lineFor({ ...column, name: shorten(column.name), type: shorten(type.replace('character varying', 'varchar')) }, index);
}

function lineFor(line: Omit<Line, 'y'>, index: number): Line {
  return { ...line, y: TITLE_HEIGHT + 3 + index * LINE_HEIGHT + LINE_HEIGHT / 2 };
}

/** As many characters as fit into so many cells. */
export function shorten(text: string, most = LONGEST): string {
  if (cells(text) <= most) return text;
  let kept = '';
  for (const character of text) {
    if (cells(kept + character) > most - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

function cells(text: string): number {
  return stringWidth(text);
}
