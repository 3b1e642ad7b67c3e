/** @module-tag quarter */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test, type TestContext } from 'vitest';
import S3rver from 's3rver';
import { handOver } from '../../generator/laptop/identity.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { runBackup, runFetch, runRestore, startCopy, type JobResult, type Running } from '../tools/job.ts';
import { endWith, startProvisionedLab, type Lab } from '../tools/lab.ts';
import { at, listAt } from '../tools/manifests.ts';
import { installDebian } from '../tools/postgres-binaries.ts';
import { run, runOk } from '../tools/run.ts';

/*
 * Copies of backups on a real S3 server, encrypted before they leave, by the rclone that Debian has.
 */
const INPUT = {
  values: 'services: { a-service: {}, b-service: {} }\n',
  files: { 'schema/databases/a-service/001_words.sql': "CREATE TABLE word (text text);\nINSERT INTO word VALUES ('kept');\n" },
  args: ['--set', 'backup.schedule=@daily', '--set', 'backup.copy.to=sealed:databases'],
};

beforeAll(async () => {
  if ((await run('sh', ['-c', 'command -v rclone'])).code !== 0) await installDebian('rclone', 'rclone');
});

interface Offsite {
  readonly lab: Lab;
  readonly folder: string;
  backUp(environment?: Record<string, string>, script?: string): Promise<JobResult>;
  /** The copying alone, for whoever does not let it end. */
  startCopy(): Running;
  fetch(environment?: Record<string, string>): Promise<JobResult>;
  restore(environment: Record<string, string>): Promise<JobResult>;
  rclone(...args: string[]): Promise<string>;
  /** So often something can be written there, and then it is answered so. */
  answer(writes: number, answer: RequestListener): void;
  /** From now on nobody answers. */
  cutOff(): void;
}

async function start(context: TestContext): Promise<Offsite> {
  const lab = endWith(context, await startProvisionedLab(15, INPUT));
  const [folder, store, own] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
  const s3 = new S3rver({ silent: true, directory: store, configureBuckets: [{ name: 'offsite', configs: [] }] });
  await s3.configureBuckets();
  let writes = Infinity;
  let refuse: RequestListener = () => undefined;
  const isRefused = ({ method }: IncomingMessage): boolean => method === 'PUT' && writes-- <= 0;
  const server = createServer((request, response) => (isRefused(request) ? refuse : s3.callback())(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const cutOff = (): void => {
    server.close();
    server.closeAllConnections();
  };
  context.onTestFinished(cutOff);
  const config = join(own, 'rclone.conf');
  writeFileSync(config, configFor(port, (await runOk('rclone', ['obscure', 'a secret'])).trim()));
  for (const each of [folder, own]) handOver(each);
  const environment = { RCLONE_CONFIG: config, RCLONE_RETRIES: '1', RCLONE_LOW_LEVEL_RETRIES: '1' };
  return {
    lab,
    folder,
    backUp: (more, script) =>
      runBackup(lab.manifests(), lab.server.port, folder, { script, environment: { ...environment, ...more } }),
    startCopy: () => startCopy(lab.manifests(), folder, environment),
    fetch: (more) => runFetch(lab.manifests(), folder, { ...environment, ...more }),
    restore: (given) => runRestore(lab.manifests(), lab.server.port, folder, given),
    rclone: (...args) => runOk('rclone', args, { env: { PATH: process.env['PATH'], ...environment } }),
    answer: (left, listener) => {
      [writes, refuse] = [left, listener];
    },
    cutOff,
  };
}

const configFor = (port: number, password: string): string => `[s3]
type = s3
provider = Other
endpoint = http://127.0.0.1:${port}
access_key_id = S3RVER
secret_access_key = S3RVER
force_path_style = true
[sealed]
type = crypt
remote = s3:offsite/sealed
password = ${password}
`;

test('copies are made after the rehearsal, nobody reads them on the way, and a lost volume comes back from them', async (context) => {
  const offsite = await start(context);
  const { code, output } = await offsite.backUp();
  expect(output).toMatch(/^a-service: copied\nb-service: copied\n/m);
  expect(code).toBe(0);
  const [time = ''] = readdirSync(join(offsite.folder, 'a-service')).filter((name) => name.endsWith('Z'));
  const files = (await offsite.rclone('lsf', '--recursive', `sealed:databases/a-service/${time}`)).split('\n');
  expect(files).toEqual(expect.arrayContaining(['backup.json', 'checksums', 'contents', 'rehearsed', 'dump/toc.dat']));
  expect(await offsite.rclone('lsf', '--recursive', 's3:offsite')).not.toMatch(/service|checksums/);
  // The key that opens them is named, and a wrong one told.
  const [, key = ''] = /^server: copies are encrypted by key ([a-z0-9]{16})$/m.exec(output) ?? [];
  expect(await offsite.rclone('lsf', '--files-only', 's3:offsite/sealed')).toBe(`key-${key}\n`);
  const obscured = (await runOk('rclone', ['obscure', 'another secret'])).trim();
  const wrong = await offsite.fetch({ RCLONE_CRYPT_PASSWORD: obscured });
  expect(wrong.output).toMatch(
    new RegExp(
      `^server: ERROR: {2}the copies are encrypted by key ${key}, and the password in rclone\\.conf makes key [a-z0-9]{16};`,
      'm',
    ),
  );
  expect(wrong.code).toBe(1);
  await offsite.lab.as('a-service-db-secret', 'DROP TABLE word');
  rmSync(offsite.folder, { recursive: true });
  mkdirSync(offsite.folder);
  handOver(offsite.folder);
  expect((await offsite.fetch()).code).toBe(0);
  const restored = await offsite.restore({ SERVICES: 'a-service' });
  expect(restored.output).toMatch(/^a-service: restored and compared, 1 tables and sequences/m);
  expect(await offsite.lab.as('a-service-db-secret', 'SELECT text FROM word')).toEqual([{ text: 'kept' }]);
});

test('old copies go as old backups do, and never the newest', async (context) => {
  const offsite = await start(context);
  await offsite.backUp();
  const [time = ''] = readdirSync(join(offsite.folder, 'a-service')).filter((name) => name.endsWith('Z'));
  for (const year of ['2019', '2020', '2021'])
    await offsite.rclone(
      'copy',
      `sealed:databases/a-service/${time}`,
      `sealed:databases/a-service/${time.replace(/^\d{4}/, year)}`,
    );
  const { code } = await offsite.backUp({ KEEP_LEAST: '3' });
  expect(code).toBe(0);
  const kept = (await offsite.rclone('lsf', '--dirs-only', 'sealed:databases/a-service')).trim().split('\n');
  expect(kept.map((name) => name.slice(0, 4))).toEqual(['2021', time.slice(0, 4), time.slice(0, 4)]);
});

test('of the log nothing goes that the oldest copy of a base backup needs, however long none was made', async (context) => {
  const { folder, ...offsite } = await start(context);
  const nameOf = (days: number): string => `${new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 13)}-00-00Z`;
  const base = nameOf(90);
  const put = (path: string, days: number, text = ''): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    const at = new Date(Date.now() - days * 86_400_000);
    utimesSync(join(folder, path), at, at);
  };
  put(`+server/${base}/checksums`, 90);
  for (const days of [120, 80, 1]) put(`+server/wal-1/of-${days}-days`, days);
  handOver(folder);
  const { output } = await offsite.backUp({ KEEP_DAYS: '14' });
  expect(output).toMatch(/^\+server: copied$/m);
  expect((await offsite.rclone('lsf', 'sealed:databases/+server/wal-1')).trim().split('\n')).toEqual(['of-1-days', 'of-80-days']);
  // A full one stays as long as an incremental one that lies on it.
  for (const days of [20, 19, 10]) put(`+server/${nameOf(days)}/checksums`, days);
  for (const days of [19, 10]) put(`+server/${nameOf(days)}/full`, days, `${nameOf(20)}\n`);
  handOver(folder);
  await offsite.backUp({ KEEP_DAYS: '14', KEEP_LEAST: '1' });
  const kept = (await offsite.rclone('lsf', '--dirs-only', '--include', '/[0-9]*Z/**', 'sealed:databases/+server')).trim();
  expect(kept.split('\n')).toEqual([`${nameOf(20)}/`, `${nameOf(10)}/`]);
});

/** As a bucket with a quota does. */
function answerFull(request: IncomingMessage, response: ServerResponse): void {
  request.resume().on('end', () => {
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end('<Error><Code>QuotaExceeded</Code><Message>The bucket is full.</Message></Error>');
  });
}

test('rehearsals that never end leave time for the copies', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'scripts'));
  writeFileSync(join(folder, 'scripts/backup.sh'), 'echo backed up\n');
  writeFileSync(join(folder, 'scripts/rehearse.sh'), "trap 'echo stopped' EXIT\nsleep 600\n");
  const outcome = join(folder, 'status');
  const env = { PATH: process.env['PATH'], BACKUP: folder, OUTCOME: outcome, NIGHT_SECONDS: '2' };
  const { stdout, stderr, code } = await run('bash', [join(PROJECT, 'chart/backup/run.sh')], { env });
  expect(stdout).toBe('backed up\nstopped\n');
  expect(stderr).toContain(
    'server: ERROR:  the rehearsals did not end in 75 % of backup.deadlines.total, whatever each may take',
  );
  expect(readFileSync(outcome, 'utf8')).toBe('1\n');
  expect(code).toBe(0);
});

test('what is not copied is said, the backup stays, and the outcome of the night is not lost', async (context) => {
  const offsite = await start(context);
  offsite.answer(3, answerFull);
  expect((await offsite.backUp({}, 'backup.sh')).output).toMatch(/QuotaExceeded[^]*^not copied: a-service b-service$/m);
  offsite.answer(5, ({ socket }) => socket.destroy());
  expect((await offsite.backUp({}, 'backup.sh')).output).toMatch(/^not copied: a-service b-service$/m);
  // Half of one is there, and is none.
  const whole = (): Promise<string> =>
    offsite.rclone('lsf', '--recursive', '--files-only', '--include', 'checksums', 'sealed:databases');
  expect(await offsite.rclone('lsf', '--recursive', 'sealed:databases')).toMatch(/toc\.dat|\.gz|contents/);
  expect(await whole()).toBe('');
  // The same when it is killed while it waits for an answer; the next is whole.
  await offsite.rclone('purge', 'sealed:databases');
  const sent = new Promise<void>((resolve) => offsite.answer(3, () => resolve()));
  const copying = offsite.startCopy();
  await sent;
  copying.kill();
  expect(await whole()).toBe('');
  offsite.answer(Infinity, () => undefined);
  expect((await offsite.backUp({}, 'backup.sh')).output).toMatch(/^a-service: copied\nb-service: copied$/m);
  expect((await whole()).trim().split('\n')).toHaveLength(6);
  offsite.cutOff();
  const { code, output } = await offsite.backUp();
  expect(output).toContain('not copied: a-service b-service\n');
  expect(output).toMatch(/^a-service: .* restored and compared/m);
  expect(code).toBe(1);
  expect(existsSync(join(offsite.folder, 'a-service'))).toBe(true);
});

test('a backup that failed fails the run after what there is was copied', async (context) => {
  const offsite = await start(context);
  await offsite.lab.as(
    'b-service-db-secret',
    'CREATE TABLE t (i integer); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY',
  );
  const { code, output } = await offsite.backUp();
  expect(output).toContain('not backed up: b-service \n');
  expect(output).toMatch(/^a-service: copied$/m);
  expect(code).toBe(1);
});

test('the container that copies has no password of the deployment, and cannot change a backup', async (context) => {
  const { lab } = await start(context);
  const cronJob = lab.manifests().find(({ kind, metadata }) => kind === 'CronJob' && metadata.name.endsWith('-backup'));
  const container = listAt(cronJob, 'spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers')[0];
  const mounts = listAt(container, 'volumeMounts').map((mount) => [at(mount, 'name'), at(mount, 'mountPath')].join(' '));
  expect(mounts.sort()).toEqual(['backups /backups', 'copy /copy', 'outcome /outcome', 'scripts /backup/scripts']);
  expect(listAt(container, 'volumeMounts')).toContainEqual({ name: 'backups', mountPath: '/backups', readOnly: true });
});
