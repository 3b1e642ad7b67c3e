import { expect, test, vi } from 'vitest';
import { parseValues } from '../../generator/generate/parse.ts';
import { checkContract } from '../../generator/generate/validate/contract.ts';
import { project } from '../tools/project.ts';

const { contract } = project;

const lines = (count: number, line: (number: number) => string): string =>
  Array.from({ length: count }, (_, each) => line(each)).join('');

const sizeOf = (made: unknown): number => (typeof made === 'string' || Array.isArray(made) ? made.length : 0);

/** How many entries of maps and characters of JSON are made while values are checked. */
function workOn(text: string): { readonly work: number; readonly problems: number } {
  const parsed = parseValues('values.yaml', text);
  const entries = vi.spyOn(Object, 'entries');
  const json = vi.spyOn(JSON, 'stringify');
  try {
    const { problems } = checkContract(parsed, contract);
    const made: unknown[] = [...entries.mock.results, ...json.mock.results].map((result): unknown => result.value);
    return { work: made.reduce<number>((sum, each) => sum + sizeOf(each), 0), problems: problems.length };
  } finally {
    vi.restoreAllMocks();
  }
}

test.each<[string, (count: number) => string]>([
  ['a problem in each service', (count) => `services:\n${lines(count, (each) => `  s${each}: { bogus: 1 }\n`)}`],
  ['a wrong type in each service', (count) => `services:\n${lines(count, (each) => `  s${each}: { connectionLimit: x }\n`)}`],
  ['a wrong name of each service', (count) => `services:\n${lines(count, (each) => `  S${each}: {}\n`)}`],
  ['unknown fields of one service', (count) => `services:\n  a:\n${lines(count, (each) => `    f${each}: 1\n`)}`],
  ['unknown fields', (count) => lines(count, (each) => `f${each}: 1\n`)],
  ['labels of one service', (count) => `services:\n  a:\n    labels:\n${lines(count, (each) => `      f${each}: 1\n`)}`],
])('twice as many problems are twice the work: %s', (_, text) => {
  const [few, many] = [workOn(text(400)), workOn(text(800))];
  expect(few.problems).toBeGreaterThanOrEqual(400);
  expect(many.problems).toBe(2 * few.problems);
  expect(many.work).toBeLessThan(2.5 * few.work);
});
