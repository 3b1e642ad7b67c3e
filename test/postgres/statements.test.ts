import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judgeObjects, type ReadFile } from '../../generator/generate/validate/objects/judge.ts';
import { parserOfPostgres } from '../../generator/generate/validate/parser.ts';
import { readTyped } from '../../generator/generate/validate/tree.ts';
import { checkText, type CheckedText } from '../../generator/generate/validate/schema-text.ts';
import type { Service } from '../../generator/generate/validate/statements/service.ts';
import { JUDGES } from '../../generator/generate/validate/statements/table.ts';
import { startProvisionedLab, type Lab } from '../tools/lab.ts';
import { PROJECT } from '../tools/folders.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';

/*
 * What generate says of a statement is what a server says of it to a service: a list of those that never go well, one of those that do, and one of
 * those that fail here for what is in the database, or in PostgreSQL's own catalogs, which generate cannot know or does not look at. And one of those
 * that go well outside a transaction alone.
 */
const read = (name: string): string => readFileSync(join(PROJECT, 'test/postgres/statements', `${name}.sql`), 'utf8');
const linesOf = (name: string): string[] => read(name).trim().split('\n');

const [REFUSED, ACCEPTED, UNDECIDED] = [linesOf('refused'), linesOf('accepted'), linesOf('undecided')];
const OUTSIDE = linesOf('outside');

const VALUES = `postgresql: { allowedExtensions: [moddatetime] }
services: { a: { extensions: [pg_trgm, moddatetime], roles: { reporting: {} } }, b: {} }
`;

describe.each(POSTGRES_MAJORS)('what a service can do in a schema file of PostgreSQL %i', (major) => {
  const service: Service = {
    major,
    database: 'adb',
    logins: ['adb_user'],
    roles: new Set(['adb', 'adb_user', 'adb_reporting', 'bdb', 'bdb_user']),
    extensions: ['pg_trgm', 'moddatetime'],
    isOfficialImage: true,
  };
  const parse = parserOfPostgres(major);
  const check = (sql: string): Promise<CheckedText> => checkText('001_a.sql', new TextEncoder().encode(sql), service, parse);
  const readFile = async (name: string, text: string): Promise<ReadFile> => {
    const parsed = await parse(text);
    return { name, text, statements: 'statements' in parsed ? parsed.statements : [], runsOutside: false };
  };
  const before = readFile('001_before.sql', read('before'));
  /** By itself, or for what the files before it made. */
  const isRefused = async (sql: string): Promise<boolean> => {
    if ((await check(sql)).problems.length > 0) return true;
    const files = [await before, await readFile('002_b.sql', sql)];
    return (
      judgeObjects(files, { major, extensions: service.extensions, schemas: [], logins: service.logins, hasPath: false }).length >
      0
    );
  };

  let lab: Lab;
  let client: pg.Client;
  beforeAll(async () => {
    lab = await startProvisionedLab(major, { values: VALUES });
    client = new pg.Client(lab.login('a-db-secret'));
    await client.connect();
    await client.query(read('before'));
  });
  afterAll(async () => {
    await client.end();
    await lab.server.end();
  });

  /** Whether the server takes it as the text of a schema file; nothing of it stays. */
  const isTaken = async (sql: string): Promise<boolean> => {
    await client.query('BEGIN');
    const outcome = client.query('SELECT shared_postgresql.apply_schema_file($1, $2, $3, $4)', ['002_b.sql', 'x', sql, '1']);
    const taken = await outcome.then(
      () => true,
      () => false,
    );
    await client.query('ROLLBACK');
    await client.query('DISCARD ALL');
    return taken;
  };

  test.each<[string, readonly string[], { refused: boolean; taken: boolean }]>([
    ['what never goes well is refused', REFUSED, { refused: true, taken: false }],
    ['what goes well is not', ACCEPTED, { refused: false, taken: true }],
    ['what depends on the database is left to the server', UNDECIDED, { refused: false, taken: false }],
  ])('%s', async (_, statements, expected) => {
    const others: unknown[] = [];
    for (const sql of statements) {
      const found = { refused: await isRefused(sql), taken: await isTaken(sql) };
      if (found.refused !== expected.refused || found.taken !== expected.taken) others.push({ sql, ...found });
    }
    expect(others).toEqual([]);
  });

  // From here on the database is changed.
  test('a value that a file adds to an enum is there in the next one, without its type', async () => {
    const files = ["ALTER TYPE mood ADD VALUE 'glad'", "CREATE TABLE moods (m mood); INSERT INTO moods VALUES ('glad')"];
    for (const [index, sql] of files.entries()) {
      expect((await check(sql)).problems).toEqual([]);
      await client.query('SELECT shared_postgresql.apply_schema_file($1, $2, $3, $4)', [`00${index + 3}_c.sql`, 'x', sql, '1']);
    }
    expect((await client.query('SELECT m FROM moods')).rows).toEqual([{ m: 'glad' }]);
  });

  test('what goes well outside a transaction alone runs there, by itself', async () => {
    const others: unknown[] = [];
    for (const sql of OUTSIDE) {
      const { steps, problems } = await check(sql);
      const found = { how: steps?.map(({ how }) => how), problems, isTakenInside: await isTaken(sql) };
      if (found.how?.join() !== 'alone' || problems.length > 0 || found.isTakenInside) others.push({ sql, ...found });
      await client.query(sql);
      if (!(await isRefused(`${sql};\nSELECT 1`))) others.push(sql);
    }
    expect(others).toEqual([]);
  });

  test('a setting of a later major is refused before that one alone', async () => {
    const found = {
      refused: await isRefused('SET transaction_timeout = 0'),
      taken: await isTaken('SET transaction_timeout = 0'),
    };
    expect(found).toEqual({ refused: major < 17, taken: major >= 17 });
  });
});

test('every line of the table has a statement that it refuses', async () => {
  const parsed = await parserOfPostgres(18)([...REFUSED, ...OUTSIDE].join(';\n'));
  if (!('statements' in parsed)) throw new Error('the list is no SQL');
  const types = new Set(parsed.statements.map(({ stmt }) => readTyped(stmt)?.type));
  expect(Object.keys(JUDGES).filter((type) => !types.has(type))).toEqual([]);
});
