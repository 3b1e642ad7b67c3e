import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFiles } from '../tools/deployment.ts';
import { laptopIn } from '../tools/dev.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { run } from '../tools/run.ts';

const text = readFileSync(join(PROJECT, 'docs/local-development.md'), 'utf8');
const asAdmin = /^```bash\n([^]*?)^```$/m.exec(text)?.[1] ?? '';
const lines = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block = '']) => block.trimEnd().split('\n'));

const folder = temporaryFolder();
chmodSync(folder, 0o755);
beforeAll(() =>
  writeFiles(folder, {
    'values.yaml': 'services: { user-service: { database: userdb } }\n',
    'package.json': '{ "scripts": { "test": "test \\"$PGDATABASE\\" = userdb" } }\n',
    'user.test.mjs': `import assert from 'node:assert';\nassert.match(process.env.DATABASE_URL, /^postgresql:.*userdb\\?/);\n`,
  }),
);
afterAll(() => laptopIn(folder).dev('--stop'));

test('the page names the commands that there are', () => {
  expect(lines.length).toBeGreaterThan(6);
  for (const line of lines) expect(line).toMatch(/^npx shared-postgresql dev\b/);
});

test.each(lines)('%s', async (line) => {
  // What would go on until Ctrl-C goes on until there is nothing more to run.
  const command = /--(run|detach|stop)\b/.test(line) ? line : `${line} --run true`;
  const shell = `npx() { shift; "${process.execPath}" "${join(PROJECT, 'generator/bin.js')}" "$@"; }\n${command}`;
  const { code, output } = await run('sh', ['-c', shell], { cwd: folder, env: { PATH: process.env['PATH'], TMPDIR: folder } });
  expect(code, output).toBe(0);
});

test('the admin looks around as the page says', async () => {
  const npx = `npx() { shift; "${process.execPath}" "${join(PROJECT, 'generator/bin.js')}" "$@"; }`;
  writeFiles(folder, { 'admin.sh': `set -e\n${npx}\n${asAdmin}` });
  const { output, code } = await laptopIn(folder).dev('--run', 'bash admin.sh');
  expect(output).toContain('\nnothing to do\n');
  expect(output).toMatch(/1 login tried \d times to open a database: each opens its own and no other/);
  expect(code).toBe(0);
});
