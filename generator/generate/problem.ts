import { excerptOf, withoutMiddle } from './excerpt.ts';
import { printableLine } from './printable.ts';

/** A path into the values: keys of maps and indexes of lists. */
export type Path = readonly (string | number)[];

/** `services.user-service.extensions[0]` */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** A place in a file: line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with the input. A value, so that all of them can be collected and shown together. */
export interface Problem {
  /** The file as the person named it. */
  readonly file: string;
  readonly position?: Position;
  /** Where in the values: `services.user-service.database`. */
  readonly path?: string;
  /** What is wrong: what was found, and what is allowed, unless that is said apart. */
  readonly message: string;
  /** What is allowed, as the end of a sentence: `must be a map`. */
  readonly allowed?: string;
  /** What to do about it. */
  readonly hint?: string;
  /** The line of the file that it is about; shown with a caret below the column. */
  readonly excerpt?: string;
}

/** Problems that are printed: whoever has more begins with these. */
const MOST_PRINTED = 1000;

/** Thrown by a step whose input has problems. Nothing was written by then. */
export class InputError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const more = problems.length - MOST_PRINTED;
    super([...problems.slice(0, MOST_PRINTED).map(formatProblem), ...(more > 0 ? [`... and ${more} more`] : [])].join('\n'));
    this.name = 'InputError';
    this.problems = problems;
  }
}

/** `file:line:column: path: message`, then the excerpt with a caret, then the hint. */
export function formatProblem(problem: Problem): string {
  const { position, path, hint, excerpt } = problem;
  const file = shortened(problem.file);
  const place = position ? `${file}:${position.line}:${position.column}` : file;
  const message = problem.allowed === undefined ? problem.message : `${problem.message}; it ${problem.allowed}`;
  const lines = [`${place}: ${path ? `${withoutMiddle(path)}: ` : ''}${shortened(message)}`];
  if (excerpt !== undefined && position) lines.push(...excerptOf(excerpt, position.column).map((line) => `    ${line}`));
  if (hint) lines.push(`  ${shortened(hint)}`);
  return lines.join('\n');
}

/** Characters of a text on one line that are printed: about a screen. */
const LONGEST = 2000;

/** A text on one line without its middle, if somebody put a book into it. */
function shortened(text: string): string {
  const half = LONGEST / 2;
  return printableLine(text.length <= LONGEST ? text : `${text.slice(0, half)} … ${text.slice(-half)}`);
}

/** Orders by file, then by place, so that a person can walk through the file from top to bottom. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    (a, b) =>
      compare(a.file, b.file) ||
      (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
      (a.position?.column ?? 0) - (b.position?.column ?? 0) ||
      compare(a.message, b.message),
  );
}

/** The order of code units: the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The place of a character in a text. `offset` counts UTF-16 units from 0. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

/** Line `line` (from 1) of a text, without its end. */
export function lineOf(text: string, line: number): string {
  return text.split('\n')[line - 1]?.replace(/\r$/, '') ?? '';
}
