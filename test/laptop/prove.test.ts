import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFiles } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { run, type Result } from '../tools/run.ts';

const folder = temporaryFolder();

const prove = (values: string, files: Record<string, string> = {}): Promise<Result> => {
  const project = temporaryFolder();
  writeFiles(project, { ...files, 'values.yaml': values });
  const command = [join(PROJECT, 'generator/bin.js'), 'prove', '--values', join(project, 'values.yaml')];
  return run(process.execPath, command, { env: { PATH: process.env['PATH'], TMPDIR: folder } });
};

/** What is there beside what tsx keeps. */
const left = (): string[] => readdirSync(folder).filter((name) => !name.startsWith('tsx-'));

test('a proof shows who opens what, how they connect, and leaves nothing', async () => {
  const { output, code } = await prove('services: { a: { roles: { reporting: {} } }, b: {} }\n');
  expect(output).toMatch(/^PostgreSQL 18\.\d+ on localhost:\d+, for this proof only\n/);
  expect(output).toMatch(/\n2 services: 2 well, 0 not\n/);
  expect(output).toMatch(/\n\| a\.reporting +\| postgresql:\/\/adb_reporting:\w{24}@localhost:\d+\/adb\?sslmode=disable +\|\n/);
  expect(output).toMatch(/\n\| adb_user +\| +open +\| +- +\| +- +\| +- +\|\n/);
  expect(output).toMatch(/\n3 logins tried 12 times to open a database: each opens its own and no other, /);
  expect(output).not.toContain('CREATE ROLE');
  expect(code).toBe(0);
  expect(left()).toEqual([]);
});

test('what fails is told with file and line, and nothing is proven', async () => {
  const sql = 'CREATE TABLE t (i int);\n\nINSERT INTO t SELECT 1/0;\n';
  const { output, code } = await prove('services: { a: {} }\n', { 'schema/databases/a/001_t.sql': sql });
  expect(output).toContain('a: ERROR:  001_t.sql:3:1: division by zero\n');
  expect(output).toContain('1 services: 0 well, 1 not\n');
  expect(output).not.toContain('connection string');
  expect(code).toBe(1);
  expect(left()).toEqual([]);
});
