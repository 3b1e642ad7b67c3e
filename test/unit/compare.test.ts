import { expect, test } from 'vitest';
import { compareChart } from '../../generator/generate/compare.ts';
import { BANNER } from '../../generator/generate/render/output.ts';

const GENERATED = `# ${BANNER}\n`;
const chart = (files: Readonly<Record<string, string>>) => ({ folder: 'chart', files: new Map(Object.entries(files)) });

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
