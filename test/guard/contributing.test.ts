import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../tools/folders.ts';

const text = readFileSync(join(PROJECT, 'CONTRIBUTING.md'), 'utf8');

/** What stands between backticks, alone or as a block. */
const code = [...text.matchAll(/```\w*\n([^`]*)```|`([^`]+)`/g)].map(([, block, span]) => block ?? span ?? '');

const isFileName = (word: string): boolean => /^[\w-]+\.(ts|js|json|md|yaml|sql|psql|sh)$/.test(word);

const isPath = (word: string): boolean => /^[\w.-]+(\/[\w.-]*)+$/.test(word) || isFileName(word);

const pathsIn = (texts: readonly string[]): string[] => [...new Set(texts.flatMap((part) => part.split(/\s+/)).filter(isPath))];

test('words are taken for paths when they have the form of one', () => {
  const words = ['a/b/', 'values.yaml', 'npx vitest run test/unit', '.ci/run'];
  expect(pathsIn(words)).toEqual(['a/b/', 'values.yaml', 'test/unit', '.ci/run']);
  expect(pathsIn(['schema/databases/<service>/', '<nn>-<rule>.sql', 'x-kind', 'shared-postgresql.plan 10 100'])).toEqual([]);
});

/** What is made and not committed, such as the built commands: a clone has it only once something was run. */
const made = readFileSync(join(PROJECT, '.gitignore'), 'utf8').split('\n');

test('every path that CONTRIBUTING.md names is there, and a file of every name', () => {
  const paths = pathsIn(code).filter((path) => !made.includes(path));
  expect(paths.length).toBeGreaterThan(40);
  const rooms = ['generator', 'chart', 'schema', 'test'];
  // By their kinds, because a case has links that lead in circles, and only then nobody follows them.
  const below = rooms.flatMap((room) => readdirSync(join(PROJECT, room), { recursive: true, withFileTypes: true }));
  const names = new Set(below.map(({ name }) => name));
  const isThere = (path: string): boolean => existsSync(join(PROJECT, path)) || (isFileName(path) && names.has(path));
  expect(paths.filter((path) => !isThere(path))).toEqual([]);
});
