import { beforeAll, describe, expect, test } from 'vitest';
import { loadParser, type Parse } from '../../generator/generate/validate/parser.ts';
import { checkText, type CheckedText } from '../../generator/generate/validate/schema-text.ts';

let parse: Parse;
beforeAll(async () => {
  parse = await loadParser();
});

const check = (text: string): CheckedText => checkText('001_a.sql', new TextEncoder().encode(text), parse);

/** The pieces that a text is cut into, as provisioning cuts it. */
const pieces = (text: string): string[] => {
  const [lines, { lines: cuts }] = [text.split('\n'), check(text)];
  return cuts.map((cut, index) => lines.slice(cut - 1, (cuts[index + 1] ?? Infinity) - 1).join('\n'));
};

describe('a schema file is cut where no statement is', () => {
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
  ])('%s', (_, text, cuts) => {
    expect(check(text)).toEqual({ lines: cuts, problems: [] });
    const whole = (sql: string): number => {
      const parsed = parse(sql);
      return typeof parsed === 'object' && 'statements' in parsed ? parsed.statements.length : NaN;
    };
    const count = pieces(text).reduce((sum, piece) => sum + whole(piece), 0);
    expect(count).toBe(whole(text));
  });

  test('thousands of statements take no longer than their text', () => {
    const started = performance.now();
    expect(check('SELECT 1;\n'.repeat(90_000)).lines).toHaveLength(90_000);
    expect(check('COMMIT; '.repeat(90_000)).problems).toHaveLength(90_000);
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  test('a byte order mark is refused', () => {
    expect(check('\uFEFFSELECT 1;').problems.map(({ message }) => message)).toEqual(['the file begins with a byte order mark']);
  });
});

test('a file that nests deeply is named, and none that follows is blamed when that broke the parser', () => {
  const tooDeep = {
    lines: [],
    problems: [expect.objectContaining({ message: "the file nests too deeply for PostgreSQL's parser" })],
  };
  expect(check(`SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`)).toEqual(tooDeep);
  expect(check('SELECT 1;')).toEqual({ lines: [1], problems: [] });
  expect(check(`SELECT ${Array(60_000).fill('1').join(' + ')}`)).toEqual(tooDeep);
  expect(check('SELECT 1;')).toEqual({ lines: [], problems: [] });
});
