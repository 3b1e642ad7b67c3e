import { join } from 'node:path';
import { expect, test } from 'vitest';
import { printable } from '../../generator/generate/printable.ts';
import { CHART } from '../tools/folders.ts';
import { runOk } from '../tools/run.ts';

/** Every character of a row of Unicode, on one line. */
const rowOf = (row: number): string =>
  Array.from({ length: 256 }, (_, column) => row * 256 + column)
    .filter((code) => code > 0 && code !== 10)
    .map((code) => String.fromCodePoint(code))
    .join('');

test('the Job writes out what the commands write out', async () => {
  const rows = Array.from({ length: 0x1100 }, (_, row) => row).filter((row) => row < 0xd8 || row > 0xdf);
  const lines = rows.map((row) => `a${rowOf(row)}`);
  const script = join(CHART, 'provisioning/say.awk');
  const env = { ...process.env, LC_ALL: 'C' };
  const said = (await runOk('awk', ['-f', script], { input: `${lines.join('\n')}\n`, env })).trimEnd().split('\n');
  expect(said).toHaveLength(lines.length);
  expect(lines.filter((line, index) => said[index] !== printable(line)).map(encodeURIComponent)).toEqual([]);
});
