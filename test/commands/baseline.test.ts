import { expect, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { writeFiles } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runProgram } from '../tools/program.ts';

/* What baseline refuses before it asks a server; what it records is test/postgres/import.test.ts. */
test.each([
  [[], 'no service is named\n  Name services, or give --all.\n'],
  [['a', '--all'], 'services are named, and --all is given\n  Do one of the two.\n'],
  [['a', 'b'], 'no schema files, and so nothing to record: b\n  Name services that have some, or give --all.\n'],
])('baseline %j is refused', async (words, said) => {
  const folder = temporaryFolder();
  writeFiles(folder, {
    'values.yaml': 'services: { a: {}, b: {} }\n',
    'schema/databases/a/001_t.sql': 'CREATE TABLE t (i int);\n',
  });
  const { output, code } = await runProgram(['baseline', ...words], { cwd: folder });
  expect(output).toContain(`the arguments: ${said}`);
  expect(code).toBe(ENDINGS.refused.code);
});

test('baseline --all is refused where no service has schema files', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 'values.yaml': 'services: { a: {} }\n' });
  const { output } = await runProgram(['baseline', '--all'], { cwd: folder });
  expect(output).toContain('the arguments: no service has schema files, so that there is nothing to record\n');
});
