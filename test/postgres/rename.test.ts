import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFiles } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { startLab, type Lab } from '../tools/lab.ts';
import { ADMIN_SECRET, dataOf, pick } from '../tools/manifests.ts';
import { runProgram } from '../tools/program.ts';

const VALUES = 'services:\n  user-service: { roles: { report: {} } }\n';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab(18, { values: VALUES });
  expect((await lab.job()).code).toBe(0);
});
afterAll(() => lab.server.end());

test('a service that was renamed keeps its data, its logins and their passwords', async () => {
  await lab.as('user-service-db-secret', 'CREATE TABLE kept (i int); INSERT INTO kept VALUES (1)');
  const folder = temporaryFolder();
  writeFiles(folder, { 'values.yaml': VALUES });
  const password = encodeURIComponent(dataOf(pick(lab.manifests(), 'Secret', ADMIN_SECRET))['password'] ?? '');
  const url = `postgresql://postgres:${password}@127.0.0.1:${lab.server.port}`;
  expect(await runProgram(['rename', 'user-service', 'people', '--url', url], { cwd: folder })).toMatchObject({ code: 0 });
  const values = readFileSync(join(folder, 'values.yaml'), 'utf8');
  expect(values).toMatch(/adopt: confirm-userdb-\d+/);
  await lab.change({ values });
  const { code, output } = await lab.job();
  expect(output).toContain('people: well');
  expect(code).toBe(0);
  expect(await lab.as('user-service-db-secret', 'SELECT i FROM kept')).toEqual([{ i: 1 }]);
  expect(await lab.as('user-service-report-db-secret', 'SELECT i FROM kept')).toEqual([{ i: 1 }]);
  expect((await lab.job()).code).toBe(0);
});
