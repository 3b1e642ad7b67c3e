/** @module-tag quarter */
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test, vi, type TestContext } from 'vitest';
import { certificateOf, clientCertificate, makeAuthority, type Pair } from '../tools/authority.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { endWith, startBackedUpLab, startLab, type Lab } from '../tools/lab.ts';
import { deploy, writeFiles } from '../tools/deployment.ts';
import { ADMIN_SECRET, dataOf, pick, type Manifest } from '../tools/manifests.ts';
import { startServer } from '../tools/server.ts';
import { run, type Result } from '../tools/run.ts';
import { runBackup, runJob, runRestore, startWatch } from '../tools/job.ts';

const VALUES = `services:
  user-service:
    clientCertificate: users
    roles: { reporting: { clientCertificate: reports } }
  mail: {}
`;
const ROTATED = VALUES.replace('clientCertificate: users', 'clientCertificate: users-2\n    rotation: 1');
const TAKEN_OUT = 'services:\n  user-service: { roles: { reporting: {} } }\n  mail: {}\n';

/** Writes a file whose key no other user reads. */
function write(text: string): string {
  const file = join(mkdtempSync(join(temporaryFolder(), 'file-')), 'file');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

type Reached = Pick<Lab, 'manifests'> & { readonly server: Pick<Lab['server'], 'port'> };

/** Whoever has the connection Secret, and shows a certificate, or none. */
function login(lab: Reached, secret: string, shown?: { certificate: string; key: string }): Promise<Result> {
  const { user = '', database = '', password = '' } = dataOf(pick(lab.manifests(), 'Secret', secret));
  const own = { PGUSER: user, PGDATABASE: database, PGPASSWORD: password, PGHOST: 'localhost', PGPORT: String(lab.server.port) };
  const tls = { PGSSLMODE: 'verify-full', PGSSLROOTCERT: write(certificateOf(lab.manifests())['ca.crt'] ?? '') };
  const pair = shown ? { PGSSLCERT: write(shown.certificate), PGSSLKEY: write(shown.key) } : {};
  const command = ['--no-psqlrc', '--tuples-only', '--no-align', '--command', 'SELECT session_user'];
  return run('psql', command, { env: { PATH: process.env['PATH'], HOME: '/nowhere', ...own, ...tls, ...pair } });
}

function pairFor(lab: Pick<Lab, 'manifests'>, user: string, authority?: Pair): { certificate: string; key: string } {
  const secret = dataOf(clientCertificate(lab.manifests(), { secret: 'of-a-test', user, authority }));
  return { certificate: secret['tls.crt'] ?? '', key: secret['tls.key'] ?? '' };
}

function bringCertificates(lab: Lab): void {
  lab.bring(
    clientCertificate(lab.manifests(), { secret: 'users', user: 'userdb_user' }),
    clientCertificate(lab.manifests(), { secret: 'users-2', user: 'userdb_user_2' }),
    clientCertificate(lab.manifests(), { secret: 'reports', user: 'userdb_reporting', from: -3600, until: 900 }),
  );
}

const startedAt = async (lab: Lab): Promise<unknown> => (await lab.admin('SELECT pg_postmaster_start_time() AS at'))[0];
const ENDS_SOON =
  /^WARNING: the certificate that user-service\.reporting must show ends on .* UTC, and nobody renewed it: then the server /m;
const NONE = 'connection requires a valid client certificate';

/** The command verify as the admin of the lab. */
const verify = (lab: Lab): Promise<Result> => lab.command('verify', '--url', urlOf(lab));

function urlOf(lab: Lab): string {
  const { password = '' } = dataOf(pick(lab.manifests(), 'Secret', ADMIN_SECRET));
  const file = write(certificateOf(lab.manifests())['ca.crt'] ?? '');
  return `postgresql://postgres:${password}@localhost:${lab.server.port}/postgres?sslmode=verify-full&sslrootcert=${file}`;
}

describe.each([18, 15] as const)('on PostgreSQL %i', { concurrent: true }, (major) => {
  test('a login that must show a certificate is let in by its own alone, after a rotation as well, and nothing restarts', async (context) => {
    const lab = endWith(context, await startLab(major, { values: VALUES }));
    const without = await lab.job();
    expect(without.output).toContain(`user-service: FATAL:  ${NONE}\n`);
    expect(without.output).toContain('mail: well after');
    bringCertificates(lab);
    for (const proof of [await lab.job(), await lab.helmTest(), await verify(lab)]) {
      expect(proof.output).toMatch(ENDS_SOON);
      expect(proof.output).not.toContain('the certificate that user-service must show');
      expect(proof.code).toBe(0);
    }
    await tryAll(lab);

    const before = await startedAt(lab);
    await lab.change({ values: ROTATED });
    expect(await lab.job()).toMatchObject({ code: 0 });
    const own = pairFor(lab, 'userdb_user_2');
    expect((await login(lab, 'user-service-db-secret', own)).output).toBe('userdb_user_2\n');
    expect((await login(lab, 'user-service-db-secret')).stderr).toContain(NONE);
    expect(await lab.helmTest()).toMatchObject({ code: 0 });

    await lab.change({ values: TAKEN_OUT.replace('{ roles', '{ rotation: 1, roles') });
    const taken = await lab.job();
    expect(taken.output).toContain('REVOKE shared_postgresql_certificate FROM userdb_user ');
    expect(await login(lab, 'user-service-db-secret')).toMatchObject({ code: 0 });
    expect(await startedAt(lab)).toEqual(before);
  });
});

async function tryAll(lab: Lab): Promise<void> {
  const tried = [
    ['user-service-db-secret', pairFor(lab, 'userdb_user'), 'userdb_user'],
    ['user-service-reporting-db-secret', pairFor(lab, 'userdb_reporting'), 'userdb_reporting'],
    ['mail-db-secret', undefined, 'maildb_user'],
    ['user-service-db-secret', undefined, NONE],
    ['user-service-reporting-db-secret', undefined, NONE],
    ['user-service-db-secret', pairFor(lab, 'maildb_user'), 'password authentication failed'],
    ['user-service-db-secret', pairFor(lab, 'userdb_reporting'), 'password authentication failed'],
    ['user-service-db-secret', pairFor(lab, 'userdb_user', makeAuthority()), 'unknown ca'],
  ] as const;
  for (const [secret, pair, expected] of tried) {
    const { output, stderr } = await login(lab, secret, pair);
    expect(output + stderr).toContain(expected);
  }
  await expect(lab.as('user-service-db-secret', 'SELECT 1')).rejects.toThrow('pg_hba.conf rejects connection');
}

const provisioned = async (context: TestContext): Promise<Lab> => {
  const lab = endWith(context, await startLab(15, { values: VALUES }));
  bringCertificates(lab);
  expect(await lab.job()).toMatchObject({ code: 0 });
  return lab;
};

test('that the server does not ask, whatever took that away, is found', async (context) => {
  const lab = await provisioned(context);
  await lab.admin('REVOKE shared_postgresql_certificate FROM userdb_user');
  expect((await verify(lab)).output).toContain('GRANT shared_postgresql_certificate TO userdb_user');
  await lab.admin('GRANT shared_postgresql_certificate TO userdb_user');

  const file = join(lab.server.data, '../../pg_hba.conf');
  const rules = readFileSync(file, 'utf8');
  writeFileSync(file, rules.replaceAll(/^host(no)?ssl .*$/gm, ''));
  await lab.admin('SELECT pg_reload_conf()');
  const found = 'user-service: userdb_user opens its database userdb without a certificate: ';
  await context.expect.poll(async () => (await lab.helmTest()).output, { timeout: 20_000 }).toContain(found);
  expect((await verify(lab)).output).toContain(found);
});

const ISSUED = `tls: { issueClientCertificates: true }
services:
  user-service: { rotation: 1, clientCertificate: users, roles: { reporting: { clientCertificate: reports } } }
`;

test('the chart signs them itself, after a rotation for both logins', async (context) => {
  const lab = endWith(context, await startLab(15, { values: ISSUED }));
  expect(await lab.job()).toMatchObject({ code: 0 });
  const of = (secret: string, user: string): { certificate: string; key: string } => {
    const data = dataOf(pick(lab.manifests(), 'Secret', secret));
    return { certificate: data[`${user}.tls.crt`] ?? '', key: data[`${user}.tls.key`] ?? '' };
  };
  const reporting = of('reports', 'userdb_reporting');
  expect((await login(lab, 'user-service-db-secret', of('users', 'userdb_user_2'))).output).toBe('userdb_user_2\n');
  expect((await login(lab, 'user-service-reporting-db-secret', reporting)).output).toBe('userdb_reporting\n');
  expect((await login(lab, 'user-service-db-secret', of('users', 'userdb_user'))).stderr).toContain('authentication failed');
  expect((await login(lab, 'user-service-db-secret', reporting)).stderr).toContain('authentication failed');
});

test('an authority of their own signs what logins show, and the server is known by another', async (context) => {
  const own = makeAuthority();
  const { manifests: rendered } = await deploy({ values: `${VALUES}tls: { clientAuthority: logins-authority }\n` });
  const brought = [
    secretOf('logins-authority', { 'ca.crt': own.certificate }),
    clientCertificate(rendered, { secret: 'users', user: 'userdb_user', authority: own }),
  ];
  const manifests = [...rendered, ...brought];
  const server = await startServer(inject('postgres')[15], manifests);
  context.onTestFinished(() => server.end());
  expect((await runJob(manifests, server.port)).output).toContain('user-service: well after');
  const lab = { server, manifests: () => manifests };
  expect((await login(lab, 'user-service-db-secret', pairFor(lab, 'userdb_user', own))).output).toBe('userdb_user\n');
  expect((await login(lab, 'user-service-db-secret', pairFor(lab, 'userdb_user'))).stderr).toContain('unknown ca');

  // A second authority beside the first is read as a certificate of the server is: without a restart.
  const next = makeAuthority();
  const both = { 'ca.crt': own.certificate + next.certificate };
  const watch = startWatch(manifests, server.port);
  context.onTestFinished(() => watch.stop());
  server.bringCertificate([...rendered, secretOf('logins-authority', both)]);
  const isIn = async (): Promise<string> =>
    (await login(lab, 'user-service-db-secret', pairFor(lab, 'userdb_user', next))).output;
  await context.expect.poll(isIn, { timeout: 20_000 }).toBe('userdb_user\n');
});

function secretOf(name: string, texts: Record<string, string>): Manifest {
  const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, data };
}

/** By the commands of a laptop, which are given the Secrets. Who runs them has a certificate for another server, where libpq looks for one. */
async function byCommands(lab: Lab): Promise<void> {
  const own = makeAuthority();
  const home = temporaryFolder();
  writeFiles(home, { '.postgresql/postgresql.crt': own.certificate, '.postgresql/postgresql.key': own.key });
  chmodSync(join(home, '.postgresql/postgresql.key'), 0o600);
  vi.stubEnv('HOME', home);
  const where = ['user-service', '--url', urlOf(lab), '--backups', temporaryFolder()];
  const backup = await lab.command('backup', ...where);
  expect(backup.output).toMatch(/^user-service: backup .*Z, /m);
  const restored = await lab.command('restore', ...where);
  expect(restored.output).toContain('user-service: restored and compared');
  vi.unstubAllEnvs();
}

test('backups and restores are made by the login that shows its certificate', async (context) => {
  const { lab, folder } = await startBackedUpLab(context, { values: 'services: { user-service: {} }\n' });
  await lab.change({ values: 'services: { user-service: { clientCertificate: users } }\nbackup: { schedule: "0 2 * * *" }\n' });
  lab.bring(clientCertificate(lab.manifests(), { secret: 'users', user: 'userdb_user' }));
  expect(await lab.job()).toMatchObject({ code: 0 });
  const backup = await runBackup(lab.manifests(), lab.server.port, folder);
  expect(backup.output).toMatch(/^user-service: backup .* restored and compared/m);
  const restored = await runRestore(lab.manifests(), lab.server.port, folder, { SERVICES: 'user-service' });
  expect(restored.output).toContain('user-service: restored and compared');
  expect(restored.code).toBe(0);
  await byCommands(lab);
  expect((await login(lab, 'user-service-db-secret')).stderr).toContain(NONE);
  // No login can do this, on 15 neither: the line of a restore lets nobody in by the membership alone, whoever gave it.
  await lab.admin('GRANT shared_postgresql_restoring TO userdb_user');
  expect((await login(lab, 'user-service-db-secret')).stderr).toContain(NONE);
});
