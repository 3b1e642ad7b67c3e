import { expect, test } from 'vitest';
import { refuseName, refusePassedOver } from '../../generator/generate/validate/schema-names.ts';

const ODD = [
  '1_a.sql',
  '4 d.SQL',
  '01-orders and more.sql',
  '12.init.sql',
  '7Ärger.sql',
  '2b.Sql',
  'tables.sql',
  'V1.10__a.sql',
  '9.sql',
  `1_${'a'.repeat(300)}.sql`,
];

/** What is said of a file's name, whichever end it has. */
function hintOn(name: string): string {
  const [passed] = refusePassedOver({ path: 'x', files: [], others: [] }, name.endsWith('.sql') ? [] : [name]);
  return (passed ?? refuseName('x', 'mail', name))?.hint ?? '';
}

test.each(ODD)('the name that is advised for %s is one of a schema file', (name) => {
  const [, advised = ''] = /^Name it (.+?\.sql)(?:[:,])/.exec(hintOn(name)) ?? [];
  expect(advised).not.toBe('');
  const own = advised.replace('by its turn, for example ', '');
  expect(refuseName('x', 'mail', own)).toBeUndefined();
});

test('a number and a title keep both', () => {
  expect(hintOn('1_a.sql')).toMatch(/^Name it 001_a\.sql: /);
  expect(hintOn('4 d.SQL')).toMatch(/^Name it 004_d\.sql, /);
  expect(hintOn('01-orders and more.sql')).toMatch(/^Name it 001_orders_and_more\.sql: /);
});
