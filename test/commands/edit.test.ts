import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { writeFiles } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runProgram } from '../tools/program.ts';
import type { Result } from '../tools/run.ts';

const VALUES = `# ours
services:
  # who is who
  user-service:
    roles: { report: {} }
  mail: {} # later
`;
const FILES = { 'values.yaml': VALUES, 'schema/databases/user-service/001_a.sql': 'CREATE TABLE a ();\n' };

interface Repository {
  readonly command: (...words: string[]) => Promise<Result>;
  readonly read: (path: string) => string;
  readonly has: (path: string) => boolean;
  /** Writes more at the end of values.yaml. */
  readonly append: (text: string) => void;
  /** Writes another values.yaml. */
  readonly replace: (text: string) => void;
}

async function makeRepository(): Promise<Repository> {
  const folder = temporaryFolder();
  writeFiles(folder, FILES);
  const command = (...words: string[]): Promise<Result> => runProgram(words, { cwd: folder });
  expect((await command('generate')).code).toBe(0);
  return {
    command,
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    has: (path) => existsSync(join(folder, path)),
    append: (text) => appendFileSync(join(folder, 'values.yaml'), text),
    replace: (text) => writeFileSync(join(folder, 'values.yaml'), text),
  };
}

test('add, remove: values.yaml and the chart, and nothing else of the text', async () => {
  const { command, read, has } = await makeRepository();
  const added = await command('add', 'orders');
  expect(added.stdout).toContain('   mail: {} # later\n+  orders: {}\n');
  expect(added.code).toBe(0);
  expect(read('values.yaml')).toBe(`${VALUES}  orders: {}\n`);
  expect(has('chart/templates/services/orders.yaml')).toBe(true);
  const removed = await command('remove', 'mail');
  expect(removed.stdout).toContain('-  mail: {} # later\n');
  expect(removed.stdout).toContain(
    'note: mail is no longer declared: the next upgrade locks maildb_user; what is in maildb stays\n',
  );
  expect(has('chart/templates/services/mail.yaml')).toBe(false);
  for (const service of ['orders', 'user-service']) expect((await command('remove', service)).code).toBe(0);
  expect(read('values.yaml')).toBe('# ours\nservices: {}\n');
});

test('the difference of a file with the line ends of Windows is shown without them', async () => {
  const { command, replace, read } = await makeRepository();
  replace(VALUES.replaceAll('\n', '\r\n'));
  expect((await command('add', 'new')).stdout).toContain('\n   mail: {} # later\n+  new: {}\n');
  expect(read('values.yaml')).toContain('  mail: {} # later\r\n  new: {}\r\n');
});

test('rename keeps database, logins, Secrets and schema files', async () => {
  const { command, read, has } = await makeRepository();
  const { code, stdout } = await command('rename', 'user-service', 'people');
  expect(stdout).toContain('moved schema/databases/user-service to schema/databases/people\n');
  expect(stdout).toContain(
    'Where a server has userdb already, its number is still to be confirmed: plan prints the line "adopt: …", or use --url.\n',
  );
  expect(code).toBe(0);
  expect(read('values.yaml')).toBe(`# ours
services:
  # who is who
  people:
    roles: { report: { secretName: user-service-report-db-secret } }
    database: userdb
    user: userdb_user
    secretName: user-service-db-secret
  mail: {} # later
`);
  expect(read('chart/sql/people/001_a.sql')).toContain('CREATE TABLE a ();\n');
  expect(has('schema/databases/user-service')).toBe(false);
  expect(read('chart/desired.json')).toContain('"name":"people","database":"userdb","user":"userdb_user"');
});

test('rotate: one more, wherever the number stands or is to stand', async () => {
  const { command, read, append } = await makeRepository();
  for (const words of [['user-service'], ['user-service', 'user-service.report', '--admin']])
    expect((await command('rotate', ...words)).code).toBe(0);
  expect((await command('rotate', '--archive')).stderr).toContain(
    'values.yaml: there is no archive: backup.pointInTime.enabled is not true\n  Leave --archive out.',
  );
  append('platformLogins: { monitoring: {} }\n');
  expect((await command('rotate', '+monitoring')).code).toBe(0);
  append('backup: { schedule: "@daily", pointInTime: { enabled: true } }\n');
  expect((await command('rotate', '--all', '--archive')).code).toBe(0);
  expect(read('values.yaml')).toBe(`# ours
services:
  # who is who
  user-service:
    roles: { report: { rotation: 2 } }
    rotation: 3
  mail: { rotation: 1 } # later
auth: { admin: { rotation: 1 } }
platformLogins: { monitoring: { rotation: 1 } }
backup: { schedule: "@daily", pointInTime: { rotation: 1, enabled: true } }
`);
  expect(read('chart/desired.json')).toContain('"user":"userdb_user","login":"userdb_user_2"');
});

test.each([
  [['rotate'], 'values.yaml: nobody is named whose password is to be another\n  Name logins'],
  [
    ['rotate', 'mail', 'mail.x'],
    'values.yaml: there is no login mail.x\n  The logins are: user-service, user-service.report, mail.',
  ],
  [['add', 'mail'], 'values.yaml: there is a service mail already\n  Name another.'],
  [['add', 'Mail'], 'values.yaml:7:3: services.Mail: "Mail" is not allowed; it must be a service\'s name: lower-case letters'],
  [['remove', 'orders'], 'values.yaml: there is no service orders\n  The services are: user-service, mail.'],
  [['rename', 'orders', 'x'], 'values.yaml: there is no service orders that is on\n  Those that are on: mail, user-service.'],
  [['rename', 'mail', 'user-service'], 'values.yaml: there is a service user-service already\n  Name another.'],
])('%j is refused, and nothing is changed', async (words, sentence) => {
  const { command, read } = await makeRepository();
  const chart = read('chart/desired.json');
  const { code, stderr } = await command(...words);
  expect(stderr).toContain(sentence);
  expect(code).toBe(ENDINGS.refused.code);
  expect(read('values.yaml')).toBe(VALUES);
  expect(read('chart/desired.json')).toBe(chart);
});
