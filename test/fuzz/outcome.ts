import { generate, type Generated } from '../../generator/generate/generate.ts';
import { formatProblem, InputError, type Problem } from '../../generator/generate/problem.ts';
import { readInput } from '../../generator/generate/read.ts';
import type { Project } from '../../generator/generate/read/project.ts';
import type { Json } from './json.ts';
import { Find, kindOf } from './find.ts';
import { isDeepStrictEqual } from 'node:util';

/** What generate made of a folder: files, or problems that a person can mend. */
export type Outcome = { readonly problems: readonly Problem[] } | Accepted;

export interface Accepted extends Generated {
  /** values.yaml as generate read it. */
  readonly values: unknown;
}

/** The widest line of an excerpt. */
const WIDEST = 240;

/** Runs generate on a values.yaml. Throws Find when it ends in anything but files or problems. */
export async function outcomeOf(file: string, project: Project): Promise<Outcome> {
  try {
    const input = readInput({ values: file }, project);
    return { ...(await generate(input, { whole: true })), values: input.parsed.values };
  } catch (error) {
    if (error instanceof InputError) return { problems: error.problems };
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    throw new Find(`generate: stack trace: ${kindOf(message)}`, stack ?? message);
  }
}

/** Refuses problems that do not help: without a place in values.yaml, in several sentences, wider than a screen, or in a program's words. */
export function checkProblems(problems: readonly Problem[], values: string): void {
  if (problems.length === 0) throw new Find('generate: refused without a problem', '');
  for (const problem of problems) {
    const text = formatProblem(problem);
    const complain = (what: string): never => {
      throw new Find(`generate: ${what}: ${kindOf(problem.message)}`, text);
    };
    if (problem.message.trim() === '') complain('an empty message');
    if (problem.message.includes('\n')) complain('a message of several lines');
    if (
      /\b(undefined|NaN|\[object |TypeError|RangeError|is not a function)|call stack/.test(
        problem.message.replaceAll(/"(?:[^"\\]|\\.)*"/g, ''),
      )
    )
      complain("a program's words");
    const sentences = [problem.file, problem.message, problem.allowed, problem.hint].join('; ').length;
    if (text.split('\n').some((line) => line.length > WIDEST + sentences)) complain('a line wider than a screen');
    if (problem.file.endsWith('values.yaml')) checkPlace(problem, values, complain);
  }
}

function checkPlace({ position }: Problem, values: string, complain: (what: string) => never): void {
  if (!position) return complain('no place');
  // Lines end where Helm's complaints count them, and so does the generator: at a line feed.
  const line = values.split('\n')[position.line - 1];
  if (line === undefined || position.column > line.length + 2) complain('a place outside of the file');
}

/** Refuses that what was read is not what was written. */
export function checkReading(values: unknown, data: Json | undefined): void {
  if (data === undefined || isDeepStrictEqual(plain(values), plain(data))) return;
  throw new Find(
    'generate: it reads other data than were written',
    `written: ${JSON.stringify(data)}\nread: ${JSON.stringify(values)}`,
  );
}

/** As JSON has it: whether 0 has a sign matters to nobody. */
function plain(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data ?? {}));
}
