import { describe, expect, test } from 'vitest';
import { parserOfPostgres } from '../../generator/generate/validate/parser.ts';
import { schemaOfDump, textOf } from '../../generator/import/dump.ts';
import { servicesOf } from '../../generator/import/entries.ts';
import { fieldsOfLive } from '../../generator/import/extensions.ts';
import { mend } from '../../generator/import/mended.ts';
import { nameMigrations, sortMigrations } from '../../generator/import/migrations.ts';
import { settingsOf } from '../../generator/import/settings.ts';

/* What a server or another tool has, as schema files and fields. test/postgres/import.test.ts does it with real servers. */
const named = (files: Readonly<Record<string, string>>): Record<string, string> => {
  const { migrations } = sortMigrations(Object.entries(files).map(([path, text]) => ({ path, text })));
  const names = nameMigrations(migrations);
  return Object.fromEntries(migrations.map(({ text }, index) => [names[index] ?? '', text]));
};

const TOOLS: readonly (readonly [tool: string, files: Readonly<Record<string, string>>, names: readonly string[]])[] = [
  ['golang-migrate', { '000002_b.up.sql': 'B;', '000002_b.down.sql': 'X;', '000001_a.up.sql': 'A;' }, ['001_a.sql', '002_b.sql']],
  ['Prisma', { '20240102_b/migration.sql': 'B;', '20240101_a/migration.sql': 'A;' }, ['20240101_a.sql', '20240102_b.sql']],
  [
    'Prisma with a day alone',
    { '20240102_b/migration.sql': 'B;', '20240101120000_a/migration.sql': 'A;', '20240103120000_c/migration.sql': 'C;' },
    ['001_a.sql', '002_b.sql', '003_c.sql'],
  ],
  ['Diesel', { '2024-01-01-000000_a/up.sql': 'A;', '2024-01-01-000000_a/down.sql': 'X;' }, ['20240101000000_a.sql']],
  ['Flyway', { 'V10__b.sql': 'B;', 'V9__a.sql': 'A;', 'U9__a.sql': 'X;', 'R__view.sql': 'V;' }, ['009_a.sql', '010_b.sql']],
  ['Flyway with parts', { 'V1.10__b.sql': 'B;', 'V1.9__a b.sql': 'A;' }, ['001_a_b.sql', '002_b.sql']],
  ['a folder for each version', { '0.10/00__b.sql': 'B;', '0.9/01__a.sql': 'A;' }, ['001_a.sql', '002_b.sql']],
  ['numbers alone', { '000002.sql': 'B;', '000001.sql': 'A;' }, ['001_migration.sql', '002_migration.sql']],
  [
    'V, a number and a dot',
    { 'V0002.B_b.up.sql': 'B;', 'V0001.A.up.sql': 'A;', 'V0001.A.down.sql': 'X;' },
    ['001_A.sql', '002_B_b.sql'],
  ],
  ['numbers with dots', { '1.10_b.sql': 'B;', '1.9_a.sql': 'A;' }, ['001_a.sql', '002_b.sql']],
  [
    'pop',
    {
      '1_a.up.sql': 'X;',
      '1_a.postgres.up.sql': 'A;',
      '1_a.mysql.up.sql': 'X;',
      '2_b.up.sql': 'B;',
      '2_b.cockroach.up.sql': 'X;',
      '3_c.autocommit.up.sql': 'X;',
      '3_c.postgres.up.sql': 'C;',
      '4_d.postgres.autocommit.up.sql': 'D;',
      '4_d.cockroach.autocommit.up.sql': 'X;',
    },
    ['001_a.sql', '002_b.sql', '003_c.sql', '004_d.sql'],
  ],
  ['Diesel with a file beside its folders', { '1_a/up.sql': 'A;', 'notes.sql': 'X;' }, ['001_a.sql']],
  ['Drizzle', { '0000_odd_name.sql': 'A;\n--> statement-breakpoint\nB;' }, ['000_odd_name.sql']],
];

test.each(TOOLS)('the migrations of %s are named by their turn, without what undoes them', (_, files, names) => {
  expect(Object.keys(named(files))).toEqual(names);
  expect(Object.values(named(files)).join('')).not.toContain('X;');
});

test.each([
  ['goose', '-- +goose Up\nA;\n-- +goose Down\nX;\n'],
  ['dbmate', '-- migrate:up\nA;\n\n-- migrate:down\nX;\n'],
  ['sql-migrate, the other way round', '-- +migrate Down\nX;\n-- +migrate Up\nA;\n'],
  ['node-pg-migrate', '-- Up Migration\nA;\n-- Down Migration\nX;\n'],
])('of a file of %s the part that does is kept', (_, text) => {
  const [kept = ''] = Object.values(named({ '1_a.sql': text }));
  expect(kept).toContain('A;');
  expect(kept).not.toContain('X;');
});

test('a file without a number, and one without a statement, are named', () => {
  const { migrations, leftOut, unnumbered } = sortMigrations([
    { path: 'notes.sql', text: 'A;' },
    { path: '2_b.sql', text: '-- nothing\n' },
  ]);
  expect(migrations).toEqual([]);
  expect(unnumbered).toEqual(['notes.sql']);
  expect(leftOut).toEqual(['2_b.sql: there is no statement in it']);
});

test('what is left out for one reason is one sentence', () => {
  const files = ['1_a.down.sql', '2_b.down.sql', '3_c.down.sql'].map((path) => ({ path, text: 'X;' }));
  expect(sortMigrations(files).leftOut).toEqual(['1_a.down.sql and 2 more: it undoes another']);
});

const MENDED: readonly (readonly [what: string, text: string, mended: string, done: readonly string[]])[] = [
  [
    'what begins and ends a transaction',
    '-- a\nBEGIN;\nSELECT 1;\nCOMMIT;\n',
    '-- a\n\nSELECT 1;\n\n',
    ['BEGIN and COMMIT taken out'],
  ],
  [
    'an extension that is there',
    'CREATE EXTENSION citext; SELECT 1;',
    ' SELECT 1;',
    ['extension citext taken out, which is there already'],
  ],
  [
    'an index that is made CONCURRENTLY beside others',
    '/* ü */ START TRANSACTION;\nSELECT 1;\nEND;\nCREATE INDEX CONCURRENTLY i ON t (a);\n',
    '-- shared-postgresql: no-transaction\n/* ü */ \nSELECT 1;\n\nCREATE INDEX CONCURRENTLY i ON t (a);\n',
    ['BEGIN and COMMIT taken out', 'runs outside a transaction'],
  ],
  [
    'a DO that commits in a loop',
    'DO $$ BEGIN LOOP COMMIT; END LOOP; END $$;\n',
    '-- shared-postgresql: no-transaction\nDO $$ BEGIN LOOP COMMIT; END LOOP; END $$;\n',
    ['runs outside a transaction'],
  ],
  [
    'a new value of an enum that is used',
    "ALTER TYPE e ADD VALUE 'b';\nSELECT 'b'::e;\n",
    "-- shared-postgresql: no-transaction\nALTER TYPE e ADD VALUE 'b';\nSELECT 'b'::e;\n",
    ['runs outside a transaction'],
  ],
  [
    'nothing',
    "CREATE EXTENSION IF NOT EXISTS citext;\nSELECT 'BEGIN;';\nROLLBACK;",
    "CREATE EXTENSION IF NOT EXISTS citext;\nSELECT 'BEGIN;';\nROLLBACK;",
    [],
  ],
];

describe.each([15, 18])('a migration is mended where a schema file of PostgreSQL %i wants it', (major) => {
  test.each(MENDED)('%s', async (_, text, mended, done) => {
    expect(await mend(text, { ...OF_APP, major, extensions: ['citext'] }, parserOfPostgres(major))).toEqual({
      text: mended,
      done,
    });
  });
});

test('COPY in the body of a function has no data', async () => {
  const body = 'CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$\nCOPY t FROM stdin;\n$$;\n';
  const dump = `${body}CREATE TABLE t (i int);\nCOPY public.t (i) FROM stdin;\n1\n\\.\n`;
  const schema = await schemaOfDump(dump, { ...OF_APP, major: 18 }, parserOfPostgres(18));
  expect(schema).toMatchObject({
    statements: [body.trim().slice(0, -1), 'CREATE TABLE t (i int)'],
    leftOut: [expect.stringMatching(/^the data of public.t, 1 rows: /)],
  });
});

const DUMP = `--
-- PostgreSQL database dump
--

\\restrict Kx7

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
COMMENT ON EXTENSION citext IS 'data type';

--
-- Name: n; Type: FUNCTION; Schema: public; Owner: app
--

CREATE FUNCTION public.n() RETURNS bigint
    LANGUAGE sql
    AS $$ SELECT count(*) FROM public.t; -- all
$$;

ALTER FUNCTION public.n() OWNER TO app;

CREATE TABLE public.t (
    i integer
);

ALTER TABLE public.t OWNER TO app;
COPY public.t (i) FROM stdin;
1
2
\\.

CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.n();
GRANT SELECT ON TABLE public.t TO reader;
\\unrestrict Kx7
`;

const OF_APP = { database: 'app', logins: ['app'], roles: new Set(['app']), extensions: [], isOfficialImage: true };

test.each([15, 18])('a dump read by the parser of %i becomes a schema file, and what is left out is told', async (major) => {
  const schema = await schemaOfDump(DUMP, { ...OF_APP, major }, parserOfPostgres(major));
  if ('message' in schema) throw new Error(schema.message);
  expect(textOf(schema.statements)).toBe(
    `SET check_function_bodies = false;

CREATE FUNCTION public.n() RETURNS bigint
    LANGUAGE sql
    AS $$ SELECT count(*) FROM public.t; -- all
$$;

CREATE TABLE public.t (
    i integer
);
`,
  );
  expect(schema.extensions).toEqual(['citext']);
  expect(schema.leftOut).toEqual([
    'the data of public.t, 2 rows: load them as the service, with psql and its connection string',
    'CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.n(): CREATE EVENT TRIGGER is for superusers, and no service is one',
    "1 of GRANT, REVOKE and ALTER DEFAULT PRIVILEGES: what others may do is declared as roles of the service's entry",
  ]);
});

test('what is no SQL in a dump is told with its line', async () => {
  expect(await schemaOfDump('SELECT 1;\nCREATE TALBE t;\n', { ...OF_APP, major: 18 }, parserOfPostgres(18))).toEqual({
    message: 'syntax error at or near "TALBE"',
    line: 2,
  });
});

test('of settings the nearest holds, in the words of values.yaml', () => {
  const settings = [
    { role: 'app', database: 'd', name: 'lock_timeout', value: '3s' },
    { role: 'app', database: '', name: 'lock_timeout', value: '9s' },
    { role: '', database: 'd', name: 'work_mem', value: '8192' },
    { role: '', database: 'd', name: 'search_path', value: '"$user", app' },
    { role: '', database: 'd', name: 'jit', value: 'off' },
    { role: 'other', database: '', name: 'work_mem', value: '1GB' },
  ];
  const defaults = { statement_timeout: '60000', temp_file_limit: '-1' };
  const { fields, sentences } = settingsOf({ major: 18, databases: [], roles: [], settings, defaults }, 'd', {
    user: 'app',
    before: 'app',
  });
  expect(fields).toEqual({
    timeouts: { statement: '60000ms', lock: '3s', idleInTransaction: '0' },
    tempFileLimit: '-1',
    workMem: '8192kB',
    searchPath: ['$user', 'app'],
  });
  expect(sentences).toEqual([
    "jit = off of the database goes when it is taken over: a database's settings reach the admin's sessions; have the service set it in its own",
  ]);
});

test('an extension is placed where one that is made anew would be elsewhere or other, and what cannot be said is told', () => {
  const usual = { schema: 'public', version: '1.0', newest: '1.0', canBeMade: true, canBeMoved: true };
  const { fields, allowed, sentences } = fieldsOfLive([
    { ...usual, name: 'citext' },
    { ...usual, name: 'moddatetime', schema: 'shared_postgresql' },
    { ...usual, name: 'hstore', schema: 'ext', version: '0.9' },
    { ...usual, name: 'ltree', version: '0.8', canBeMade: false },
    { ...usual, name: 'unaccent', schema: 'pg_catalog' },
    { ...usual, name: 'pg_trgm', schema: 'my-own' },
    { ...usual, name: 'xml2', canBeMoved: false },
    { ...usual, name: 'amcheck', schema: 'ext', canBeMoved: false },
    { ...usual, name: 'vector', schema: 'ext' },
  ]);
  expect(fields).toEqual({
    extensions: ['citext', 'moddatetime', 'ltree', 'unaccent', 'pg_trgm', 'xml2'],
    placedExtensions: { hstore: { schema: 'ext', version: '0.9' }, amcheck: { schema: 'ext' } },
  });
  expect(allowed).toEqual(['moddatetime', 'xml2', 'amcheck']);
  expect(sentences).toEqual([
    'extension ltree is of version 0.8, and one that is made anew of 1.0: the server has no files of the other',
    "extension unaccent lies in the schema pg_catalog, and one that is made anew in public: that one is PostgreSQL's",
    'extension pg_trgm lies in the schema my-own, and one that is made anew in public: values.yaml has no place for that name',
    'extension xml2 lies in the schema public, and one that is made anew in shared_postgresql: it cannot be moved, and the admin makes none where the service makes things',
    'extension vector is not declared, and stays: it is none that PostgreSQL ships; name it in extensions and postgresql.allowedExtensions where the image has it',
  ]);
});

test('a new login has the limits of the role whose place it takes', () => {
  const database = {
    name: 'shop',
    oid: 5,
    owner: 'shop',
    encoding: 'UTF8',
    provider: 'libc',
    locale: 'C',
    connectionLimit: -1,
    isOpen: true,
    tablespace: 'pg_default',
    inside: { owners: [{ name: 'shop', objects: 3 }], extensions: [], readers: [], others: [] },
  } as const;
  const role = { name: 'shop', canLogIn: true, attributes: [], connectionLimit: 7, memberOf: [], databases: ['shop'] };
  const settings = [
    { role: 'shop', database: '', name: 'statement_timeout', value: '30s' },
    { role: 'shop', database: '', name: 'jit', value: 'off' },
  ];
  const { services, remarks } = servicesOf({ major: 18, databases: [database], roles: [role], settings, defaults: {} });
  expect(services).toMatchObject([{ user: 'shop_user', entry: { connectionLimit: 7, timeouts: { statement: '30s' } } }]);
  expect(remarks.map(({ sentence }) => sentence)).toContain(
    'jit = off of shop has no field in values.yaml: shop_user, which takes its place, does not have it',
  );
});
