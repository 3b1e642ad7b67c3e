import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { writeFiles } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runProgram } from '../tools/program.ts';

/* import --from as a program; what becomes of each tool's files is test/unit/import-from.test.ts. */
const MANIFEST = `apiVersion: acid.zalan.do/v1
kind: postgresql
spec:
  users: { zalando: [createdb] }
  databases: { foo: zalando }
  preparedDatabases: { prep: { defaultUsers: true } }
`;

test('what files declare becomes a folder of which generate makes a chart', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 'a.yaml': MANIFEST, 'init.sql': 'CREATE DATABASE more;\n' });
  const { output, code } = await runProgram(['import', 'to', '--from', 'a.yaml', '--from', 'init.sql'], { cwd: folder });
  expect(output).toBe(`wrote   to/values.yaml
wrote   to/schema/databases/prep/001_imported.sql
foo: zalando is not CREATEDB any more: no service's login is
prep: prep_owner, prep_reader and prep_writer, in which others are members, are not made: roles of the service's entry are logins of their own

next, in to: read values.yaml, then generate; data comes by pg_dump --data-only, as the login of each service
`);
  expect(code).toBe(ENDINGS.fine.code);
  expect(await runProgram(['generate'], { cwd: join(folder, 'to') })).toMatchObject({ code: ENDINGS.fine.code });
  expect(readFileSync(join(folder, 'to/chart/values.yaml'), 'utf8')).toContain('prep_reader_user');
});

test('a file of which nothing is known is refused with what is known, and so is a server beside files', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 'a.yaml': MANIFEST, 'b.yaml': 'a: b\n' });
  const { output, code } = await runProgram(['import', 'to', '--from', 'a.yaml', '--from', 'b.yaml'], { cwd: folder });
  expect(output).toContain(
    "b.yaml: nothing in it declares databases or roles that is known\n  Known are values of Bitnami's chart",
  );
  expect(code).toBe(ENDINGS.refused.code);
  const both = await runProgram(['import', 'to', '--from', 'a.yaml', '--url', 'postgresql://h'], { cwd: folder });
  expect(both).toMatchObject({ code: ENDINGS.misused.code });
});
