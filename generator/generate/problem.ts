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
  /** What is wrong: what was found, and what is allowed. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** The line of the file that it is about; shown with a caret below the column. */
  readonly excerpt?: string;
}

/** Thrown by a step whose input has problems. Nothing was written by then. */
export class InputError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'InputError';
    this.problems = problems;
  }
}

/** `file:line:column: path: message`, then the excerpt with a caret, then the hint. */
export function formatProblem(problem: Problem): string {
  const { position, path, message, hint, excerpt } = problem;
  const file = printableLine(problem.file);
  const place = position ? `${file}:${position.line}:${position.column}` : file;
  const lines = [printableLine(`${place}: ${path ? `${path}: ` : ''}${message}`)];
  if (excerpt !== undefined && position) {
    lines.push(`    ${printableLine(excerpt)}`, `    ${excerpt.slice(0, position.column - 1).replace(/[^\t]/g, ' ')}^`);
  }
  if (hint) lines.push(`  ${printableLine(hint)}`);
  return lines.join('\n');
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
