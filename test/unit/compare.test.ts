import { expect, test } from 'vitest';
import { compareChart } from '../../generator/generate/compare.ts';
import type { ChartFolder } from '../../generator/generate/read/chart.ts';
import { BANNER } from '../../generator/generate/render/output.ts';

const GENERATED = `# ${BANNER}\n`;
const chart = (files: Readonly<Record<string, string>>, others: ChartFolder['others'] = new Map()): ChartFolder => ({
  folder: 'chart',
  files: new Map(Object.entries(files)),
  others,
});

test('files are changed, unchanged or stale', () => {
  const there = chart({
    a: GENERATED,
    b: GENERATED,
    'sql/x/1.sql': GENERATED,
    'sql/x/own.sql': 'mine',
    'templates/c': GENERATED,
  });
  const changed = { path: 'b', content: `${GENERATED}new` };
  expect(compareChart(there, [{ path: 'a', content: GENERATED }, changed])).toEqual({
    changed: [changed],
    unchanged: ['a'],
    stale: ['sql/x/1.sql'],
  });
});

test('a file without the banner stands in the way of one with it, and is overwritten by one without', () => {
  const there = chart({ a: 'mine' });
  expect(() => compareChart(there, [{ path: 'a', content: GENERATED }])).toThrow(
    'chart/a: this file was not generated, and one of this name would be written here',
  );
  expect(compareChart(there, [{ path: 'a', content: 'by hand' }]).changed).toHaveLength(1);
});

test.each<[string, 'a folder' | 'a symbolic link' | 'no regular file', string]>([
  ['sql', 'a symbolic link', 'sql/a/1.sql'],
  ['sql/a', 'no regular file', 'sql/a/1.sql'],
  ['sql/a/1.sql', 'a symbolic link', 'sql/a/1.sql'],
  ['sql/a/1.sql', 'a folder', 'sql/a/1.sql'],
])('%s that is %s stands in the way of a file', (path, what, file) => {
  expect(() => compareChart(chart({}, new Map([[path, what]])), [{ path: file, content: GENERATED }])).toThrow(
    `chart/${path}: it is ${what}, and something would be written or removed there`,
  );
});

test('a file stands in the way of a folder, and a folder in the way of none', () => {
  const file = { path: 'sql/a/1.sql', content: GENERATED };
  expect(() => compareChart(chart({ sql: 'mine' }), [file])).toThrow('chart/sql: it is a file, and something would be');
  const folders = chart({}, new Map([['sql', 'a folder'] as const, ['sql/a', 'a folder'] as const]));
  expect(compareChart(folders, [file]).changed).toEqual([file]);
});

test('what is stale is not removed through a link, and what is up to date may be one', () => {
  const linked = chart({ 'sql/a/1.sql': GENERATED }, new Map([['sql/a/1.sql', 'a symbolic link']]));
  expect(() => compareChart(linked, [])).toThrow('chart/sql/a/1.sql: it is a symbolic link');
  expect(compareChart(linked, [{ path: 'sql/a/1.sql', content: GENERATED }]).unchanged).toEqual(['sql/a/1.sql']);
});

test('of the files that the package brought, those that it has no more are stale, wherever they lie and whatever they say', () => {
  const there = {
    ...chart({ 'motors/a.sh': 'by hand', 'motors/own.sh': 'mine', b: 'by hand' }),
    ofPackage: ['motors/a.sh', 'b', '../c'],
  };
  expect(compareChart(there, [{ path: 'b', content: 'by hand' }])).toEqual({
    changed: [],
    unchanged: ['b'],
    stale: ['motors/a.sh'],
  });
});
