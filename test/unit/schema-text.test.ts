import { describe, expect, test } from 'vitest';
import { parserOfPostgres, type Parse } from '../../generator/generate/validate/parser.ts';
import { checkText, type CheckedText } from '../../generator/generate/validate/schema-text.ts';

const parse = parserOfPostgres(18);

const SERVICE = {
  major: 18,
  database: 'adb',
  logins: ['adb_user'],
  roles: new Set(['adb_user']),
  extensions: [],
  isOfficialImage: true,
};

const check = (text: string, parser = parse): Promise<CheckedText> =>
  checkText('001_a.sql', new TextEncoder().encode(text), SERVICE, parser);

/** The pieces that a text is cut into, as provisioning cuts it. */
const pieces = async (text: string, parser: Parse): Promise<string[]> => {
  const [lines, { lines: cuts }] = [text.split('\n'), await check(text, parser)];
  return cuts.map((cut, index) => lines.slice(cut - 1, (cuts[index + 1] ?? Infinity) - 1).join('\n'));
};

describe.each([15, 16, 17, 18])('a schema file of PostgreSQL %i is cut where no statement is', (major) => {
  const own = parserOfPostgres(major);

  test.each<[string, string, number[]]>([
    ['one statement', 'SELECT 1;\n', [1]],
    ['a statement without an end', '\n\nSELECT 1', [3]],
    ['statements on lines of their own', 'SELECT 1;\nSELECT\n  2;\n\nSELECT 3;\n', [1, 2, 5]],
    ['comments between', '-- a; b\nSELECT 1; -- c\n/* d;\n e */\nSELECT 2;\n', [2, 5]],
    ['several statements on a line', 'SELECT 1; SELECT 2;\nSELECT 3;\n', [1, 2]],
    ['a statement that begins where another ends', 'SELECT\n1; SELECT\n2;\nSELECT 3;\n', [1, 4]],
    ['a semicolon on the next line', 'SELECT 1\n; SELECT 2;\nSELECT 3;\n', [1, 3]],
    ['nothing between semicolons', 'SELECT 1;;\n;;\n; SELECT 2;\n', [1, 3]],
    ['dollar quotes', "DO $a$\nBEGIN\n  PERFORM ';';\nEND;\n$a$;\nSELECT $$;\n$$;\n", [1, 6]],
    ['quotes', 'SELECT \';\n--\' ;\nSELECT "a;\n/*" FROM b;\n', [1, 3]],
    ['a body of SQL', 'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC\n  SELECT 1;\n  SELECT 2;\nEND;\nSELECT 3;\n', [1, 5]],
    ['line ends of Windows', '-- a\r\nSELECT 1;\r\nSELECT 2;\r\n', [2, 3]],
    ['more than ASCII', "-- é €\nSELECT 'é';\n/* 🐘 */ SELECT '€🐘';\nSELECT 3;\n", [2, 3, 4]],
    ['a comment that ends before a statement', 'SELECT 1; /* a\n b */ SELECT 2;\nSELECT 3;\n', [1, 3]],
    ['a comment that begins on a line of its own', 'SELECT 1;\n/* a\n b */ SELECT 2;\n', [1, 2]],
    ['a comment before the first statement', '/* a\n b */ SELECT 1;\nSELECT 2;\n', [1, 3]],
    ['comments within comments', 'SELECT 1;\n/* /* a */\n */ SELECT 2; /*/ b\n */\nSELECT 3;\n', [1, 2, 5]],
    ['dashes in comments', 'SELECT 1; /* -- */\nSELECT 2; -- /*\nSELECT 3;\n', [1, 2, 3]],
    ['a comment that a carriage return ends', 'SELECT 1; -- a\r/* b\n */ SELECT 2;\n', [1]],
    ['no statement', '-- a\n/* b; */\n', []],
    ['nothing at all', '', []],
    ['blanks alone', '\n \t\r\n', []],
  ])('%s', async (_, text, cuts) => {
    expect(await check(text, own)).toMatchObject({ lines: cuts, problems: [] });
    const whole = async (sql: string): Promise<number> => {
      const parsed = await own(sql);
      return 'statements' in parsed ? parsed.statements.length : NaN;
    };
    let count = 0;
    for (const piece of await pieces(text, own)) count += await whole(piece);
    expect(count).toBe(await whole(text));
  });

  test('a refusal stands at the first word of its statement', async () => {
    const text = 'SELECT 1;\n\n-- é; why\n/* and\n /* how */ */ COMMIT;\nSELECT 2;\n';
    expect((await check(text, own)).problems).toMatchObject([
      { position: { line: 5, column: 15 }, excerpt: ' /* how */ */ COMMIT;' },
    ]);
  });

  // With time that grew with their square these would take longer than a test may.
  test('there may be thousands of statements', async () => {
    expect((await check('SELECT 1;\n'.repeat(90_000), own)).lines).toHaveLength(90_000);
    expect((await check('COMMIT; '.repeat(90_000), own)).problems).toHaveLength(90_000);
  });
});

test('a file that nests deeply is named, and what follows is looked at as if it had not been', async () => {
  const tooDeep = { message: "the file nests too deeply for PostgreSQL's parser", hint: 'Divide it into several statements.' };
  const nested = (await check(`SELECT\n${'('.repeat(20_000)}1${')'.repeat(20_000)}`)).problems;
  expect(nested).toMatchObject([{ ...tooDeep, position: { line: 2 } }]);
  for (let round = 0; round < 3; round += 1) {
    const long = (await check(`SELECT ${Array(60_000).fill('1').join(' + ')}`)).problems;
    expect(long).toEqual([{ file: '001_a.sql', ...tooDeep }]);
    expect(await check('SELECT 1;\nSELECT 2;')).toMatchObject({ lines: [1, 2], problems: [] });
    expect((await check('SELEC 1;')).problems).toMatchObject([{ message: 'syntax error at or near "SELEC"' }]);
  }
});

test.each<[string, string, number]>([
  ['comments side by side', '/**/'.repeat(225_000), 900_000],
  ['comments that nest', '/*'.repeat(450_000), 900_000],
  ['comments that nest, and end', '/*'.repeat(30_000) + '*/'.repeat(30_000), 120_000],
  ['operators that the scanner takes apart', `SELECT ${'+'.repeat(900_000)}1`, 900_000],
])('%s are refused before they keep the parser busy for minutes', async (_, signs, length) => {
  const { problems } = await check(`SELECT 1;\n${signs}`);
  expect(problems).toMatchObject([
    {
      position: { line: 2, column: signs.startsWith('S') ? 8 : 1 },
      message: `there are ${length} signs without a blank, among which comments or operators begin so often that PostgreSQL takes minutes to read them`,
      hint: 'Put blanks or line ends between them.',
    },
  ]);
});

test('what looks like that and is read quickly is no problem', async () => {
  const line = (sign: string): string => `/${'*'.repeat(78)}\n${sign.repeat(78)}\n${'*'.repeat(78)}/\n`;
  const texts = [
    '/**/\n'.repeat(100_000),
    '/**/'.repeat(9000),
    `--${'-'.repeat(800_000)}`,
    ['-', '+', '=', '/'].map(line).join('').repeat(900),
  ];
  for (const text of texts) expect((await check(text)).problems).toEqual([]);
});

test('a text is read as the server of its major reads it', async () => {
  const later = 'MERGE INTO t USING s ON true WHEN NOT MATCHED BY SOURCE THEN DELETE;';
  const problemsOf = async (major: number): Promise<object[]> => [...(await check(later, parserOfPostgres(major))).problems];
  expect(await problemsOf(17)).toEqual([]);
  for (const major of [15, 16]) {
    const hint = 'PostgreSQL has it since 17, which postgresql.version is not.';
    expect(await problemsOf(major)).toMatchObject([
      { message: 'syntax error at or near "BY"', hint, position: { line: 1, column: 47 } },
    ]);
  }
  const [misspelt] = (await check('SELEC 1', parserOfPostgres(15))).problems;
  expect(misspelt).not.toHaveProperty('hint');
});

test.each([
  ['data of a COPY', 'CREATE TABLE t (a int);\nCOPY public.t (a) FROM stdin;\n1\n2\n\\.\n', 2, /^COPY from or to/, /--inserts/],
  ['what pg_dump writes for psql', '--\n\\restrict 4fT\nSELECT 1;\n', 2, /^psql meta-commands/, /remove both/],
  ['what scripts begin with', '\\set ON_ERROR_STOP on\nSELECT 1;\n', 1, /^psql meta-commands/, /first error/],
  ['a file within', 'SELECT 1;\n\\i tables.sql\n', 2, /^psql meta-commands/, /text of that file/],
  ['another database', '\\connect app\n', 1, /^psql meta-commands/, /service's database/],
  ['what is printed', "\\echo 'done'\n", 1, /^psql meta-commands/, /would print/],
  ['another command of psql', 'SELECT 1;\n\\d t\n', 2, /^psql meta-commands/, /in SQL\.$/],
])('%s is named for what it is', async (_, text, line, message, hint) => {
  const [problem] = (await check(text)).problems;
  expect(problem?.position?.line).toBe(line);
  expect(problem?.message).toMatch(message);
  expect(problem?.hint).toMatch(hint);
});

test.each([
  '-- +goose Down',
  '-- migrate:down',
  '  --+migrate Down',
  '-- rambler down',
  '-- Down Migration',
  '-- migrate:down transaction:false',
])('what a tool runs to undo a migration is not applied with it: %s', async (marker) => {
  const up = `-- +goose Up\nCREATE TABLE t ();\n${marker}\n`;
  expect((await check(`${up}-- nothing\n\n`)).problems).toEqual([]);
  const [problem] = (await check(`${up}-- gone\nDROP TABLE t;\n`)).problems;
  expect(problem).toMatchObject({
    position: { line: 3 },
    message: 'what follows would undo the file at once: all of a schema file is applied',
  });
});

test.each<[string, string, string]>([
  ['SELECT :name;', ':name', "psql's variable"],
  ["SELECT :'name';", ":'name'", "psql's variable"],
  ['CREATE TABLE :"t" (i int);', ':"t"', "psql's variable"],
  ['CREATE TABLE ${schema}.t (i int);', '${schema}', 'template'],
  ['SELECT * FROM a WHERE x = ${id};', '${id}', 'template'],
  ['CREATE TABLE {{ schema }}.t (i int);', '{{ schema }}', 'template'],
  ['CREATE TABLE $(schema).t (i int);', '$(schema)', 'template'],
])('%s is told that nobody puts a value there', async (sql, found, what) => {
  const hint = `Write the value in the place of ${found}: a schema file is SQL as it stands, and no ${what} is replaced in it.`;
  expect((await check(sql)).problems).toMatchObject([{ hint }]);
});

test('signs that are no placeholders are told as the server tells them', async () => {
  expect((await check("SELECT a[1:2], b::int, ':c', '${d}' FROM t;")).problems).toEqual([]);
  expect((await check('SELECT : ;')).problems[0]).not.toHaveProperty('hint');
});

test.each([15, 18])('all that is no SQL of %i is told at once, and what is refused around it', async (major) => {
  const text = "SELECT 'é 🐘;';\nSELEC 1;\n\\timing on\nCREATE ROLE r;\nCREATE TABLE t (a int,);\nSELECT ';' FROM;";
  const { problems } = await check(text, parserOfPostgres(major));
  expect(problems.map(({ message, position }) => [position?.line, position?.column, message])).toEqual([
    [2, 1, 'syntax error at or near "SELEC"'],
    [3, 1, 'psql meta-commands are not allowed in a schema file'],
    [5, 23, 'syntax error at or near ")"'],
    [6, 16, 'syntax error at or near ";"'],
    [4, 1, 'CREATE ROLE is not for a service: it makes, changes and gives no roles'],
  ]);
});

test('where nobody knows the end of what is no SQL, the first error is told', async () => {
  for (const text of ["SELEC 1; SELECT 'a", 'SELEC 1; CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELEC 1; END;']) {
    expect((await check(text)).problems.map(({ position }) => position)).toEqual([{ line: 1, column: 1 }]);
  }
});
