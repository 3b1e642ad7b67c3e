/** @module-tag quarter */
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, test, vi, type TestContext } from 'vitest';
import { connectionOf } from '../../generator/server/session.ts';
import { certificateOf, makeAuthority, withCertificate } from '../tools/authority.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runHelmTest, runJob, startWatch } from '../tools/job.ts';
import { endWith, startLab, startProvisionedLab, type Lab } from '../tools/lab.ts';
import { ADMIN_SECRET, dataOf, pick, withSecretText, type Manifest } from '../tools/manifests.ts';
import { run, type Result } from '../tools/run.ts';

/*
 * The certificate is the one that the real Helm made, with the mode and owner that its pod gives it. The names of a cluster are of none here, so
 * libpq is told the address beside the name.
 */
const VALUES = 'services:\n  user-service: {}\n';
const REQUIRED = `${VALUES}  mail: { namespace: mails }\ntls: { required: true }\n`;
const NAMES = [
  'shared-postgresql-service',
  'shared-postgresql-service.default',
  'shared-postgresql-service.default.svc',
  'shared-postgresql-service.default.svc.cluster.local',
  'localhost',
  '127.0.0.1',
];

/** Whoever connects as user-service by psql: with which version of TLS, or what is said of it. */
function psql(lab: Lab, env: Record<string, string>): Promise<Result> {
  const { user = '', database = '', password = '' } = dataOf(pick(lab.manifests(), 'Secret', 'user-service-db-secret'));
  const own = {
    PGUSER: user,
    PGDATABASE: database,
    PGPASSWORD: password,
    PGPORT: String(lab.server.port),
    PGHOSTADDR: '127.0.0.1',
  };
  const command = ['--no-psqlrc', '--tuples-only', '--command', 'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()'];
  return run('psql', command, { env: { PATH: process.env['PATH'], ...own, ...env } });
}

/** Whoever has the Secret that a service reads in a namespace of its own, and nothing beside it. */
async function loginInNamespace(lab: Lab, namespace: string): Promise<unknown[]> {
  const secrets = lab.manifests().filter(({ metadata }) => metadata.namespace === namespace);
  const { username: user, password, database, 'ca.crt': ca } = dataOf(pick(secrets, 'Secret'));
  const client = new pg.Client({ host: 'localhost', port: lab.server.port, user, password, database, ssl: { ca } });
  await client.connect();
  const { rows } = await client.query<object>('SELECT current_user AS user').finally(() => client.end());
  return rows;
}

const PLAIN = { PGHOST: 'localhost', PGSSLMODE: 'disable' };

function verifyFull(manifests: readonly Manifest[], host = 'localhost', further = ''): Record<string, string> {
  const file = join(mkdtempSync(join(temporaryFolder(), 'ca-')), 'ca.crt');
  writeFileSync(file, (certificateOf(manifests)['ca.crt'] ?? '') + further);
  return { PGHOST: host, PGSSLMODE: 'verify-full', PGSSLROOTCERT: file };
}

const provisioned = async (context: TestContext): Promise<Lab> =>
  endWith(context, await startProvisionedLab(15, { values: VALUES }));

describe.each([18, 15] as const)('PostgreSQL %i', { concurrent: true }, (major) => {
  test('is known to libpq by each of its names, and by no other', async (context) => {
    const lab = endWith(context, await startProvisionedLab(major, { values: VALUES }));
    const known = await Promise.all(NAMES.map((name) => psql(lab, verifyFull(lab.manifests(), name))));
    expect(known.map(({ output }) => output.trim())).toEqual(NAMES.map(() => 'TLSv1.3'));
    const other = await psql(lab, verifyFull(lab.manifests(), 'shared-postgresql-service.other.svc'));
    expect(other.stderr).toContain('does not match host name "shared-postgresql-service.other.svc"');
    const elsewhere = withCertificate(lab.manifests(), { authority: makeAuthority() });
    expect((await psql(lab, verifyFull(elsewhere))).stderr).toContain('certificate verify failed');
    expect(await psql(lab, PLAIN)).toMatchObject({ code: 0 });
  });

  test('lets nobody in without TLS where it is required, and the Job all the same', async (context) => {
    const lab = endWith(context, await startLab(major, { values: REQUIRED }));
    expect(await lab.job()).toMatchObject({ code: 0 });
    expect(await lab.helmTest()).toMatchObject({ code: 0 });
    expect((await psql(lab, PLAIN)).stderr).toMatch(/pg_hba.conf rejects connection .* no encryption/);
    expect(await loginInNamespace(lab, 'mails')).toEqual([{ user: 'maildb_user' }]);
    const { PGSSLROOTCERT: file = '', ...rest } = verifyFull(lab.manifests());
    expect(await psql(lab, { ...rest, PGSSLROOTCERT: file })).toMatchObject({ code: 0 });
    const { password = '' } = dataOf(pick(lab.manifests(), 'Secret', ADMIN_SECRET));
    const url = `postgresql://postgres:${password}@localhost:${lab.server.port}/postgres`;
    const secured = await lab.command('verify', '--url', `${url}?sslmode=verify-full&sslrootcert=${file}`);
    expect(secured.output).toContain('each opens its own and no other');
    expect(secured.code).toBe(0);
    expect((await lab.command('plan', '--url', url)).output).toContain('server: it lets nobody in without TLS; ');
    vi.stubEnv('PGSSLROOTCERT', file);
    const connection = connectionOf(undefined);
    vi.unstubAllEnvs();
    expect(connection).toEqual({ ssl: { ca: certificateOf(lab.manifests())['ca.crt'] } });
  });
});

const startOf = async (lab: Lab): Promise<unknown> => (await lab.admin('SELECT pg_postmaster_start_time() AS at'))[0];

/** The Job with new manifests, whose certificate comes to the server's pod a little later. */
async function renew(lab: Lab, renewed: readonly Manifest[], environment: Record<string, string> = {}): Promise<Result> {
  const job = runJob(renewed, lab.server.port, environment);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  lab.server.bringCertificate(renewed);
  return job;
}

describe('a certificate', { concurrent: true }, () => {
  test('that ends in a minute is renewed and served without a restart, and an open session lives on', async (context) => {
    const lab = await provisioned(context);
    const [ending, renewed] = [{ from: -3600, until: 60 }, {}].map((times) => withCertificate(lab.manifests(), times));
    lab.server.bringCertificate(ending ?? []);
    const warned = await runJob(ending ?? [], lab.server.port);
    expect(warned.output).toMatch(/^WARNING: the server's certificate ends on .*, and nobody renewed it: /m);
    expect(warned.code).toBe(0);
    const session = new pg.Client({ ...lab.login('user-service-db-secret'), ssl: { rejectUnauthorized: false } });
    await session.connect();
    const started = await startOf(lab);
    const { output, code } = await renew(lab, renewed ?? []);
    expect(output).toMatch(/^server: serves its new certificate, without a restart; it ends on /m);
    expect(output).not.toContain('WARNING');
    expect(code).toBe(0);
    expect(await startOf(lab)).toEqual(started);
    expect((await session.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).rows).toEqual([{ ssl: true }]);
    await session.end();
  });

  test('of another authority is served as well: what watches the server has it read, though nobody who checks it can log in', async (context) => {
    const lab = await provisioned(context);
    const watch = startWatch(lab.manifests(), lab.server.port);
    context.onTestFinished(() => watch.stop());
    const authority = makeAuthority();
    const renewed = withCertificate(lab.manifests(), { authority });
    const knowsBoth = verifyFull(lab.manifests(), 'localhost', authority.certificate);
    expect(await psql(lab, knowsBoth)).toMatchObject({ code: 0 });
    expect(await renew(lab, renewed)).toMatchObject({ code: 0 });
    expect(await psql(lab, verifyFull(renewed))).toMatchObject({ code: 0 });
    expect(await psql(lab, knowsBoth)).toMatchObject({ code: 0 });
    expect((await psql(lab, verifyFull(lab.manifests()))).stderr).toContain('certificate verify failed');
  });

  test('that has ended keeps the Job out with a sentence, and the next one lets it in', async (context) => {
    const lab = await provisioned(context);
    const watch = startWatch(lab.manifests(), lab.server.port);
    context.onTestFinished(() => watch.stop());
    const ended = withCertificate(lab.manifests(), { from: -7200, until: -3600 });
    lab.server.bringCertificate(ended);
    await context.expect.poll(async () => (await psql(lab, verifyFull(ended))).code, { timeout: 10_000 }).not.toBe(0);
    const { output, code } = await runJob(ended, lab.server.port, { WAIT_SECONDS: '3' });
    expect(output).toContain('server: ca.crt of its Secret did not sign the certificate that it serves, or that has ended; ');
    expect(code).toBe(1);
    expect(await renew(lab, withCertificate(ended))).toMatchObject({ code: 0 });
  });

  test('with the key of another is not taken: the former is served on, the services are seen to, and the Job says so', async (context) => {
    const lab = await provisioned(context);
    const other = certificateOf(withCertificate(lab.manifests()))['tls.key'] ?? '';
    const mixed = withSecretText(withCertificate(lab.manifests()), /-tls$/, 'tls.key', other);
    const { output, code } = await renew(lab, mixed, { WAIT_SECONDS: '5' });
    expect(output).toContain('1 services: 1 well, 0 not\n');
    expect(output).toContain('server: it serves another certificate than its Secret has: look at its log');
    expect(code).toBe(1);
    expect(lab.server.log()).toMatch(/key values mismatch/);
    expect(await psql(lab, verifyFull(lab.manifests()))).toMatchObject({ code: 0 });
  });

  test('whose key everybody reads is not taken either, nor one of a file that is cut off', async (context) => {
    const lab = await provisioned(context);
    const [certificate, key] = ['tls.crt', 'tls.key'].map((name) => join(lab.server.data, '../../tls', name));
    const whole = readFileSync(certificate ?? '', 'utf8');
    writeFileSync(certificate ?? '', whole.slice(0, whole.length / 2));
    await lab.admin('SELECT pg_reload_conf()');
    await context.expect.poll(() => lab.server.log(), { timeout: 10_000 }).toContain('could not load server certificate file');
    expect(await psql(lab, verifyFull(lab.manifests()))).toMatchObject({ code: 0 });
    writeFileSync(certificate ?? '', whole);
    chmodSync(key ?? '', 0o444);
    await lab.admin('SELECT pg_reload_conf()');
    await context.expect.poll(() => lab.server.log(), { timeout: 10_000 }).toContain('has group or world access');
    expect(await psql(lab, verifyFull(lab.manifests()))).toMatchObject({ code: 0 });
  });
});

test('whoever stands in the server’s place with a certificate of its own learns nothing', async (context) => {
  const lab = await provisioned(context);
  const authority = makeAuthority();
  const deceived = withSecretText(lab.manifests(), /-tls$/, 'ca.crt', authority.certificate);
  const { output, code } = await runJob(deceived, lab.server.port, { WAIT_SECONDS: '2' });
  expect(output).toContain('server: ca.crt of its Secret did not sign the certificate that it serves');
  expect(code).toBe(1);
  const misnamed = await runJob(lab.manifests(), lab.server.port, {
    WAIT_SECONDS: '2',
    PGHOST: 'elsewhere',
    PGHOSTADDR: '127.0.0.1',
  });
  expect(misnamed.output).toContain('server: its certificate has not the name that was connected to');
});

test('who is connected without TLS is told by the proof, and is no finding', async (context) => {
  const lab = await provisioned(context);
  const session = await lab.hold('user-service-db-secret');
  const { output, code } = await runHelmTest(lab.manifests(), lab.server.port);
  await session.end();
  expect(output).toContain('reported: connected without TLS: userdb_user\n');
  expect(output).toContain('; 0 things are not as they must be\n');
  expect(code).toBe(0);
});
