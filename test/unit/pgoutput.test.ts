import { expect, test } from 'vitest';
import { readChange, type Relation } from '../../generator/server/move/pgoutput.ts';
import { deleteFrom, insertInto, truncate, updateOf } from '../../generator/server/move/statements.ts';

const NONE: ReadonlySet<string> = new Set();

const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer => Buffer.concat([int16(value >>> 16), int16(value & 65535)]);
const sent = (value: string): Buffer => Buffer.concat([Buffer.from('t'), int32(Buffer.byteLength(value)), Buffer.from(value)]);

test('a message is read as the documentation has it, and one that is cut off is refused', () => {
  const relation = Buffer.concat([
    ...[Buffer.from('R'), int32(7), text('public'), text('note'), Buffer.from('d'), int16(2)],
    ...[Buffer.from([1]), text('id'), int32(20), int32(0)],
    ...[Buffer.from([0]), text('ä'), int32(25), int32(0)],
  ]);
  expect(readChange(relation)).toEqual({
    kind: 'relation',
    id: 7,
    relation: {
      schema: 'public',
      name: 'note',
      isFull: false,
      columns: [
        { name: 'id', isKey: true },
        { name: 'ä', isKey: false },
      ],
    },
  });
  const update = Buffer.concat([
    ...[Buffer.from('U'), int32(7), Buffer.from('K'), int16(2), sent('1'), Buffer.from('n')],
    ...[Buffer.from('N'), int16(2), sent('2'), Buffer.from('u')],
  ]);
  expect(readChange(update)).toEqual({ kind: 'update', id: 7, old: ['1', null], row: ['2', undefined] });
  expect(readChange(Buffer.concat([Buffer.from('T'), int32(1), Buffer.from([2]), int32(7)]))).toEqual({
    kind: 'truncate',
    ids: [7],
    restarts: true,
  });
  expect(() => readChange(update.subarray(0, 20))).toThrow(RangeError);
});

const NOTE: Relation = {
  schema: 'my "schema"',
  name: 'note',
  isFull: false,
  columns: [
    { name: 'id', isKey: true },
    { name: 'text', isKey: false },
  ],
};
const KEYLESS: Relation = { ...NOTE, schema: 'public', isFull: true, columns: [{ name: 'b', isKey: true }] };

test('statements quote names and values, and meet the rows that they are about', () => {
  const into = `INSERT INTO "my ""schema""".note`.replace('.note', '."note"');
  expect(
    insertInto(NOTE, [
      ['1', `it's \\`],
      ['2', null],
    ]),
  ).toEqual({
    text: `${into} ("id", "text") OVERRIDING SYSTEM VALUE VALUES ('1',  E'it''s \\\\'), ('2', NULL)`,
    rows: 2,
  });
  expect(insertInto({ ...NOTE, columns: [] }, [[], []]).text).toBe(`${into} SELECT FROM generate_series(1, 2)`);
  // What was not sent stays, and what nobody can set is not.
  const row = { old: undefined, row: ['1', undefined] };
  expect(updateOf(NOTE, row, NONE)?.text).toBe(`UPDATE "my ""schema"""."note" SET "id" = '1' WHERE "id" = '1'`);
  expect(updateOf(NOTE, row, new Set(['"my ""schema"""."note"."id"']))).toBeUndefined();
  expect(updateOf(NOTE, { old: ['1', null], row: ['2', 'x'] }, NONE)?.text).toMatch(
    /SET "id" = '2', "text" = 'x' WHERE "id" = '1'$/,
  );
  const deleted = (condition: string): object => ({
    text: `DELETE FROM "public"."note" WHERE ctid = (SELECT ctid FROM ONLY "public"."note" WHERE ${condition} LIMIT 1)`,
    rows: 1,
  });
  expect(deleteFrom(KEYLESS, ['{}'])).toEqual(deleted(`pg_catalog.num_nulls("b") = 0 AND pg_catalog.concat("b") = '{}'`));
  expect(deleteFrom(KEYLESS, [null])).toEqual(deleted(`pg_catalog.num_nulls("b") = 1`));
  expect(truncate([KEYLESS], true).text).toBe('TRUNCATE ONLY "public"."note" RESTART IDENTITY');
});
