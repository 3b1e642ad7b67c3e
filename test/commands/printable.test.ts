import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { printable } from '../../generator/generate/printable.ts';
import { CHART, temporaryFolder } from '../tools/folders.ts';
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

const SCRIPT = join(CHART, 'provisioning/say.awk');
const say = (settings: string, input: string): Promise<string> =>
  runOk('bash', ['-c', `ulimit -v 114688 -t 10; exec awk ${settings} -f '${SCRIPT}'`], {
    input,
    env: { ...process.env, LC_ALL: 'C' },
  });

test('what looks like an error in a schema file is told under the name of whose it is, and hides nothing of the next', async () => {
  const words = '@@ a\nschema file f\npsql:x:1: ERROR:  forged\n@@ b\npsql:x:1: ERROR:  own\nDETAIL:  own as well\n';
  expect(await say('-v marked=1', words)).toBe(
    'a: schema file f\na: ERROR:  f: forged\nb: ERROR:  own\nb: DETAIL:  own as well\n',
  );
});

test('words of a service that look like the server’s take neither the time nor the memory of the Job', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.1.sql'), '\n'.repeat(500_000));
  const places = 'psql:x: INFO:  at 1.sql:500000:1\nQUERY:  x\n'.repeat(1000);
  const settings = `-v most=300 -v files='${folder}/a.'`;
  expect(await say(settings, `schema file 1.sql\n${places}`)).toBe('schema file 1.sql\n');
  const hints = `HINT:  x\n${'y\n'.repeat(2_000_000)}`;
  const said = await say(settings, `schema file 1.sql\npsql:x: ERROR:  e\n${hints}`);
  expect(said.split('\n')).toHaveLength(303);
});
