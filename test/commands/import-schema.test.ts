import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { writeFiles } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runProgram } from '../tools/program.ts';
import type { Result } from '../tools/run.ts';

/* import-schema as a program; what it makes of each tool's files is test/unit/import.test.ts. */
const VALUES = { 'values.yaml': 'services: { a: {} }\n' };

function startFolder(files: Readonly<Record<string, string>>): {
  folder: string;
  importSchema: (source: string) => Promise<Result>;
} {
  const folder = temporaryFolder();
  writeFiles(folder, { ...VALUES, ...files });
  return { folder, importSchema: (source) => runProgram(['import-schema', 'a', source], { cwd: folder }) };
}

test('migrations become schema files once, later ones come behind, and none is written over', async () => {
  const { folder, importSchema } = startFolder({
    'm/1_t.up.sql': 'CREATE TABLE t (i int);\n',
    'm/1_t.down.sql': 'DROP TABLE t;\n',
    'm/atlas.sum': 'h1:\n',
  });
  const first = await importSchema('m');
  expect(first).toMatchObject({ code: ENDINGS.fine.code });
  expect(first.output).toContain('wrote   schema/databases/a/001_t.sql\nnot in them: 1_t.down.sql: it undoes another\n');
  expect(readFileSync(join(folder, 'schema/databases/a/001_t.sql'), 'utf8')).toBe('CREATE TABLE t (i int);\n');

  writeFiles(folder, { 'm/2_u.up.sql': 'CREATE TABLE u (i int);\n' });
  expect((await importSchema('m')).output).toContain('wrote   schema/databases/a/002_u.sql\nas it was 001_t.sql\n');

  writeFiles(folder, { 'm/2_u.up.sql': 'CREATE TABLE other (i int);\n' });
  const { output, code } = await importSchema('m');
  expect(output).toContain('schema/databases/a/002_u.sql: it is there already, with another text\n');
  expect(code).toBe(ENDINGS.refused.code);
  expect(readFileSync(join(folder, 'schema/databases/a/002_u.sql'), 'utf8')).toBe('CREATE TABLE u (i int);\n');
});

test('what generate refuses of them is told', async () => {
  const { output, code } = await startFolder({ 'm/1_r.sql': 'CREATE ROLE r;\n' }).importSchema('m');
  expect(output).toContain('schema/databases/a/001_r.sql:1:1: CREATE ROLE ');
  expect(output).toContain('\nnext: mend in the schema files what is refused, then generate; ');
  expect(code).toBe(ENDINGS.amiss.code);
});

test('a file that was refused keeps no other from being written, and is told again', async () => {
  const { folder, importSchema } = startFolder({
    'schema/databases/a/001_r.sql': 'CREATE ROLE r;\n',
    'm/2_t.sql': 'CREATE TABLE t (i int);\n',
  });
  const { output, code } = await importSchema('m');
  expect(output).toContain('wrote   schema/databases/a/002_t.sql\n');
  expect(output).toContain('schema/databases/a/001_r.sql:1:1: CREATE ROLE ');
  expect(code).toBe(ENDINGS.amiss.code);
  expect(readFileSync(join(folder, 'schema/databases/a/002_t.sql'), 'utf8')).toBe('CREATE TABLE t (i int);\n');
});

test('a folder whose files have no turn, and one without any, are refused', async () => {
  const { importSchema } = startFolder({ 'm/tables.sql': 'SELECT 1;\n', 'n/readme.md': '' });
  expect((await importSchema('m')).output).toContain('m/tables.sql: it has no number, so that nobody knows its turn\n');
  expect((await importSchema('n')).output).toContain('n: there is no SQL file in it\n  Name the folder whose files, ');
  expect((await importSchema('nowhere')).output).toContain('nowhere: there is no such file or folder\n');
});

test('a file that is named alone is the first', async () => {
  const { output } = await startFolder({ 'tables.sql': 'CREATE TABLE t (i int);\n' }).importSchema('tables.sql');
  expect(output).toContain('wrote   schema/databases/a/001_tables.sql\n');
});

test('of a file that is named alone and that makes no schema file it is told why', async () => {
  const { importSchema } = startFolder({
    'dump.txt': 'CREATE TABLE t (i int);\n',
    'db.dump': 'PGDMP\u0001',
    '1_t.down.sql': 'DROP TABLE t;\n',
  });
  const other = await importSchema('dump.txt');
  expect(other.output).toContain('dump.txt: its name does not end in .sql\n  If it holds SQL, name it so: dump.sql.\n');
  expect(other.code).toBe(ENDINGS.refused.code);
  expect((await importSchema('db.dump')).output).toContain(
    'db.dump: it is an archive of pg_dump, and no SQL\n  Make SQL of it: pg_restore --schema-only --no-owner --file dump.sql db.dump\n',
  );
  expect((await importSchema('1_t.down.sql')).output).toBe(
    'not in them: 1_t.down.sql: it undoes another\nnothing was written: no file does anything that a schema file could\n',
  );
});

test('a dump that lost its head is known by what it holds, and told what is not in the file', async () => {
  const dump =
    'SET row_security = off;\nCREATE EXTENSION citext;\nCREATE TABLE public.t (id integer);\nCOPY public.t (id) FROM stdin;\n1\n\\.\n';
  const { folder, importSchema } = startFolder({ 'dump.sql': dump });
  const { output, code } = await importSchema('dump.sql');
  expect(output).toContain(
    'wrote   schema/databases/a/001_dump.sql\nnot in them: the data of public.t, 1 rows: load them as the service, with psql and its connection string\n',
  );
  expect(readFileSync(join(folder, 'schema/databases/a/001_dump.sql'), 'utf8')).toBe(
    'CREATE EXTENSION citext;\n\nCREATE TABLE public.t (id integer);\n',
  );
  expect(code).toBe(ENDINGS.fine.code);
});

test('a migration that is a program is told, since those behind it may need what it does', async () => {
  const files = { 'm/1_a.go': '', 'm/1_a_test.go': '', 'm/2_b.sql': 'SELECT 1;\n', 'm/readme.md': '' };
  const { output, code } = await startFolder(files).importSchema('m');
  expect(output).toContain('\n1_a.go: the migration is no SQL, and what it does is in no schema file\n');
  expect(output).toContain('not in them: 1_a_test.go and 1 more are no SQL\n');
  expect(code).toBe(ENDINGS.amiss.code);
});

test('an extension of a dump that the image lacks is refused', async () => {
  const dump =
    "SET row_security = off;\nSELECT pg_catalog.set_config('search_path', '', false);\nCREATE EXTENSION vector;\nCREATE TABLE public.t (v public.vector);\n";
  const { output, code } = await startFolder({ 'dump.sql': dump }).importSchema('dump.sql');
  expect(output).toContain('the official image of PostgreSQL 18 has no extension "vector"');
  expect(code).toBe(ENDINGS.amiss.code);
});
