import { expect, test } from 'vitest';
import { parserOfPostgres } from '../../generator/generate/validate/parser.ts';
import { checkText, type CheckedText } from '../../generator/generate/validate/schema-text.ts';

const SERVICE = {
  major: 18,
  database: 'adb',
  logins: ['adb_user'],
  roles: new Set(['adb_user']),
  extensions: [],
  isOfficialImage: true,
};

const check = (text: string): Promise<CheckedText> =>
  checkText('001_a.sql', new TextEncoder().encode(text), SERVICE, parserOfPostgres(18));

test.each([
  '-- shared-postgresql: no-transaction',
  '-- what for\n\n  --shared-postgresql:  no-transaction\r',
  '-- +goose NO TRANSACTION\n-- +goose Up',
  '-- migrate:up transaction:false',
  '-- +migrate Up notransaction',
  '-- atlas:txmode none',
])('%j says that the file runs outside a transaction', async (mark) => {
  const text = `${mark}\nSET search_path = s;\nALTER TYPE mood ADD VALUE 'glad';\nSELECT 'glad'::mood;\nVACUUM t;\nCALL p();\n`;
  const { steps, problems } = await check(text);
  expect(problems).toEqual([]);
  expect(steps?.map(({ how }) => how)).toEqual(['always', 'atomic', 'atomic', 'alone', 'alone']);
});

test('what a crash may leave half done is known by name', async () => {
  const { steps } = await check(`-- shared-postgresql: no-transaction
CREATE INDEX CONCURRENTLY "I" ON s.t (v);
DROP INDEX CONCURRENTLY IF EXISTS s.i;
DROP INDEX j;
ALTER TABLE p DETACH PARTITION s.p1 CONCURRENTLY;
REINDEX INDEX CONCURRENTLY i;
DO $$ BEGIN LOOP COMMIT; END LOOP; END $$;
`);
  expect(steps).toEqual([
    { how: 'alone', index: { name: 'I', table: { schema: 's', name: 't' } } },
    { how: 'alone', drops: { schema: 's', name: 'i' } },
    { how: 'atomic', drops: { name: 'j' } },
    { how: 'alone', partition: { of: { name: 'p' }, name: { schema: 's', name: 'p1' } } },
    { how: 'alone', reindexes: true },
    { how: 'alone' },
  ]);
});

test.each<[string, number, string]>([
  ['-- shared-postgresql: no-transaction\nVACUUM; VACUUM t;\n', 2, 'each statement begins on a line of its own'],
  ['-- shared-postgresql: no-transaction\nCOMMIT;\n', 2, 'a schema file cannot begin or end a transaction'],
  ['-- shared-postgresql: no-transaction\nALTER SYSTEM SET work_mem = 1;\n', 2, 'ALTER SYSTEM cannot run inside a transaction'],
  ['-- shared-postgresql: no-transaction\nCREATE TEMP TABLE t (i int);\n', 2, 'a temporary table is gone after a crash'],
  ['-- shared-postgresql: no-transaction\nCREATE TEMP TABLE t AS SELECT 1;\n', 2, 'a temporary table is gone after a crash'],
  ['CREATE INDEX CONCURRENTLY ON t (v);\n', 1, 'an index that is made CONCURRENTLY must have a name'],
  ['CREATE INDEX CONCURRENTLY i ON t (v) TABLESPACE fast;\n', 1, 'TABLESPACE is not for a service'],
  ['REINDEX DATABASE CONCURRENTLY adb;\n', 1, 'REINDEX of the database is for the owner of the database'],
  ['-- shared-postgresql: outside\nSELECT 1;\n', 1, 'the line says nothing here'],
  ['SELECT 1;\n-- shared-postgresql: no-transaction\n', 2, 'the line says nothing here'],
  ['SELECT 1;\n-- +goose NO TRANSACTION\nVACUUM;\n', 3, 'VACUUM cannot run inside a transaction'],
])('%j is refused', async (text, line, message) => {
  const { problems } = await check(text);
  expect(problems).toMatchObject([{ position: { line } }]);
  expect(problems[0]?.message).toContain(message);
});
