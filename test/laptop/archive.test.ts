import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { refuseNewer } from '../../generator/laptop/clients.ts';
import { handOver } from '../../generator/laptop/identity.ts';
import { writeFiles } from '../tools/deployment.ts';
import { laptopIn, startCommand, type Running } from '../tools/dev.ts';
import { documentedFields, fieldsOf } from '../tools/documented.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { runBackup } from '../tools/job.ts';
import { startProvisionedLab, type Lab } from '../tools/lab.ts';
import { run, type Result } from '../tools/run.ts';
import { withClient } from '../tools/server.ts';

/*
 * backup and restore from the command line, on PostgreSQL 15, whose pg_dump is a Debian package: from a cluster's pod to the server of dev.
 */
const FILES = {
  'values.yaml': "postgresql: { version: '15' }\nservices:\n  a-service: { roles: { reporting: {} } }\n  b-service: {}\n",
  'schema/databases/a-service/001_person.sql': 'CREATE TABLE person (id integer PRIMARY KEY, name text);\n',
};
const folder = temporaryFolder();
chmodSync(folder, 0o755);
const laptop = laptopIn(folder);
const backups = temporaryFolder();
let lab: Lab;
let dev: Running;

beforeAll(async () => {
  writeFiles(folder, FILES);
  const { 'values.yaml': values, ...files } = FILES;
  lab = await startProvisionedLab(15, { values, files, args: ['--set', 'backup.schedule=@daily'] });
  handOver(backups);
  await lab.as('a-service-db-secret', "INSERT INTO person VALUES (1, 'Ada'), (2, 'Bob')");
  dev = await laptop.start();
});
afterAll(async () => {
  await dev.signal('SIGTERM');
  await lab.server.end();
});

const command = (args: readonly string[], environment: Record<string, string> = {}): Promise<Result> =>
  run(process.execPath, [join(PROJECT, 'generator/bin.js'), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'], ...environment },
  });

const ask = (sql: string, login = 'a-service'): Promise<object[]> =>
  withClient(
    { connectionString: laptop.environment(login)['DATABASE_URL'] ?? '' },
    async (client) => (await client.query<object>(sql)).rows,
  );

const NAMES = 'SELECT name FROM person ORDER BY id';

test('what the pod of a cluster backed up comes into dev, masked, and what was there is kept', async () => {
  expect((await runBackup(lab.manifests(), lab.server.port, backups, { script: 'backup.sh' })).code).toBe(0);
  writeFiles(folder, { 'mask.sql': "UPDATE person SET name = 'person ' || id;\n" });
  const { output, code } = await command(['restore', 'a-service', '--backups', backups, '--mask', 'mask.sql']);
  expect(output).toMatch(/^a-service: restored and compared, 1 tables and sequences, after \d+ s$/m);
  expect(output).toMatch(/^a-service: what was there is database adb_\d+t\d+ now/m);
  expect(code).toBe(0);
  expect(await ask(NAMES)).toEqual([{ name: 'person 1' }, { name: 'person 2' }]);
  // A mask that fails leaves nothing of what it should hide.
  writeFiles(folder, { 'mask.sql': 'UPDATE person SET name = NULL; SELECT 1 / 0;\n' });
  const failed = await command(['restore', 'a-service', '--backups', backups, '--mask', 'mask.sql', '--to', 'looked_at']);
  expect(failed.output).toContain('a-service: ERROR:  division by zero\n');
  expect(failed.code).toBe(ENDINGS.amiss.code);
  expect(await ask(NAMES)).toEqual([{ name: 'person 1' }, { name: 'person 2' }]);
});

test('services of dev are backed up beside the values, and come back', async () => {
  const { stdout, code } = await command(['backup', 'a-service', 'b-service', '--json']);
  expect(code).toBe(0);
  expect(documentedFields('backup')).toEqual(fieldsOf(stdout));
  expect(readdirSync(join(folder, '.shared-postgresql/backups')).sort()).toEqual(['a-service', 'b-service']);
  const before = await ask(NAMES);
  await ask('DROP TABLE person');
  expect((await command(['restore', 'a-service', '--quiet'])).output).toBe('');
  expect(await ask(NAMES)).toEqual(before);
});

test('those of any server, by its URL and the Secrets', async () => {
  const { output, code } = await lab.command('backup', 'a-service', '--backups', join(backups, 'own'));
  expect(output).toMatch(/^a-service: backup \S+, \S+K, after \d+ s$/m);
  expect(output).not.toContain('b-service');
  expect(code).toBe(0);
  await lab.as('a-service-db-secret', 'DELETE FROM person');
  expect((await lab.command('restore', 'a-service', '--backups', join(backups, 'own'))).code).toBe(0);
  expect(await lab.as('a-service-db-secret', NAMES)).toEqual([{ name: 'Ada' }, { name: 'Bob' }]);
  expect((await lab.job()).output).not.toContain('not done');
});

test('a restore that somebody ends leaves the service as it was, and nothing of it running', async () => {
  await command(['backup', 'a-service']);
  const before = await ask(NAMES);
  writeFiles(folder, { 'mask.sql': 'SELECT pg_advisory_lock(4711); SELECT pg_sleep(600);\n' });
  const ended = startCommand(['restore', 'a-service', '--mask', 'mask.sql'], folder);
  // No login of the service sees what a restore runs.
  const sleeping = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711";
  while ((await ask(sleeping)).length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await ended.signal('SIGINT')).toBe(ENDINGS.interrupted.code);
  // What feeds the watch notices within two seconds that nobody reads any more.
  const left = async (): Promise<string> =>
    (await run('bash', ['-c', `grep -ls 'BACKUPS=${folder}' /proc/[0-9]*/environ`])).stdout;
  await expect.poll(left, { timeout: 20_000 }).toBe('');
  expect(await ask(NAMES)).toEqual(before);
  expect((await command(['restore', 'a-service'])).code).toBe(0);
});

test('a backup that is killed is no backup, and what it left goes with the next', async () => {
  const own = join(folder, '.shared-postgresql/backups/a-service');
  const before = readdirSync(own).filter((name) => name.endsWith('Z'));
  await withClient({ connectionString: laptop.environment('a-service')['DATABASE_URL'] ?? '' }, async (client) => {
    await client.query('BEGIN; LOCK TABLE person IN ACCESS EXCLUSIVE MODE');
    const killed = startCommand(['backup', 'a-service'], folder);
    const waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while ((await ask(waiting)).length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await killed.signal('SIGINT')).toBe(ENDINGS.interrupted.code);
  });
  const after = readdirSync(own).filter((name) => name !== '.lock');
  expect(after.filter((name) => name.endsWith('Z'))).toEqual(before);
  expect(after.filter((name) => name.startsWith('.unfinished'))).toHaveLength(1);
  expect((await command(['backup', 'b-service'])).code).toBe(0);
  expect(readdirSync(own).filter((name) => name.startsWith('.unfinished'))).toEqual([]);
});

test('what is wrong is said before anything runs', async () => {
  const refused = async (args: readonly string[], environment?: Record<string, string>): Promise<[number | null, string]> => {
    const { code, output } = await command(args, environment);
    return [code, output];
  };
  expect(await refused(['backup', 'c-service'])).toEqual([
    ENDINGS.refused.code,
    'the arguments: there is no service c-service\n  There are a-service, b-service.\n\n1 problem; nothing was written.\n',
  ]);
  expect(await refused(['backup', '--url', 'postgresql://postgres@localhost'])).toEqual([
    ENDINGS.refused.code,
    "--url: the passwords of the services are missing\n  Give them with --secrets: services are dumped and restored by their own logins. Without both, it is dev's server.\n\n1 problem; nothing was written.\n",
  ]);
  const [code, said] = await refused(['restore', 'a-service', '--mask', 'none.sql']);
  expect([code, said.split('\n')[0]]).toEqual([ENDINGS.refused.code, 'none.sql: it cannot be read: there is none of this name']);
  expect((await refused(['restore', 'a-service', '--backups', 'none']))[1]).toContain(
    'none: it cannot be read: there is none of this name\n  Name a folder of backups with --backups.\n',
  );
  const copy = temporaryFolder();
  const at = ['restore', 'a-service', '--at', '2026-11-27T09:30Z', '--backups', copy];
  expect(await refused(at)).toEqual([
    ENDINGS.unable.code,
    expect.stringMatching(/^there is no folder \S+\/\+server with base backups\.\n {2}Copy it from the backups' volume/),
  ]);
  mkdirSync(join(copy, '+server'));
  handOver(copy);
  const past = join(folder, '.shared-postgresql/server/past');
  mkdirSync(past);
  expect((await refused(at))[1]).toContain(`another restore --at runs here, or one was killed and left ${past}.`);
  rmdirSync(past);
  expect((await refused(['restore', 'a-service', '--from', '27.11.2026']))[0]).toBe(ENDINGS.misused.code);
  expect(await refused(['backup', '--values', join(temporaryFolderWithValues(), 'values.yaml')])).toEqual([
    ENDINGS.unable.code,
    'dev does not run here.\n  Start it (shared-postgresql dev --detach), or name another server with --url and --secrets.\n',
  ]);
});

test('what the machine lacks is named', async () => {
  const bin = temporaryFolder();
  for (const name of ['bash', 'awk', 'perl', 'ps', 'sed']) {
    const found = ['/usr/bin', '/bin'].map((each) => join(each, name)).find((each) => existsSync(each));
    if (found !== undefined) symlinkSync(found, join(bin, name));
  }
  const { code, output } = await command(['backup'], { PATH: bin });
  expect(output).toMatch(
    /^this needs date, du, df, timeout, find, grep, sort, sha256sum, flock as Linux has them \(GNU, util-linux\), and here they are missing or others\.$/m,
  );
  expect(code).toBe(ENDINGS.unable.code);
  expect(() => refuseNewer(18, 15, 'backup.sh')).toThrow(
    'the server is PostgreSQL 18, and the newest pg_dump of this machine is 15, which dumps no newer server.',
  );
  expect(() => refuseNewer(18, 15, 'restore.sh')).toThrow(
    'the server is PostgreSQL 18, and the newest pg_dump of this machine is 15, which reads no newer server: what is restored is compared with the backup by it.',
  );
  expect(() => refuseNewer(15, 18, 'backup.sh')).not.toThrow();
});

function temporaryFolderWithValues(): string {
  const empty = temporaryFolder();
  writeFiles(empty, { 'values.yaml': 'services: {}\n' });
  return empty;
}
