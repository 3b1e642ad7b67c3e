import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import { InputError } from '../../generator/generate/problem.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { project } from '../tools/project.ts';

/*
 * A case is a folder: a values.yaml, with schema files beside it if it wants some, and what must come of it: either
 * expected/, the files that depend on the services, or problems.txt, every word of the refusal.
 * UPDATE_CASES=1 writes what came instead of comparing it; read the difference before you commit it.
 */
const CASES = import.meta.dirname;
const UPDATE = process.env['UPDATE_CASES'] === '1';
const DEPENDS_ON_SERVICES = /^(sql|templates\/services)\/|^desired\.json$/;

const cases = readdirSync(CASES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe('cases', () => {
  test.each(cases.map(({ name }) => name))('%s', async (name) => {
    const folder = join(CASES, name);
    const outcome = await run(join(folder, 'values.yaml'));
    if (UPDATE) record(folder, outcome);
    const expectsProblems = existsSync(join(folder, 'problems.txt'));
    expect(expectsProblems, 'either problems.txt or expected/').not.toBe(existsSync(join(folder, 'expected')));
    expect(outcome).toEqual(
      expectsProblems ? readFileSync(join(folder, 'problems.txt'), 'utf8') : readExpected(join(folder, 'expected')),
    );
  });
});

/** The files by path, or the text of the refusal. */
async function run(valuesFile: string): Promise<Record<string, string> | string> {
  try {
    const { files } = await generate(readInput({ values: valuesFile, out: temporaryFolder() }, project));
    const relevant = files.filter(({ path }) => DEPENDS_ON_SERVICES.test(path));
    return Object.fromEntries(relevant.map(({ path, content }) => [path, content] as const));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return `${error.message}\n`.replaceAll(/test\/cases\/[^/]+\//g, '');
  }
}

function readExpected(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

function record(folder: string, outcome: Record<string, string> | string): void {
  rmSync(join(folder, 'expected'), { recursive: true, force: true });
  rmSync(join(folder, 'problems.txt'), { force: true });
  if (typeof outcome === 'string') {
    writeFileSync(join(folder, 'problems.txt'), outcome);
    return;
  }
  for (const [path, content] of Object.entries(outcome)) {
    mkdirSync(dirname(join(folder, 'expected', path)), { recursive: true });
    writeFileSync(join(folder, 'expected', path), content);
  }
}
