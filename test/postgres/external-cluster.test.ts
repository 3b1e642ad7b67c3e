/** @module-tag quarter */
import { readFileSync } from 'node:fs';
import { connect as connectTo, createServer, type Server as NetServer } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, inject, test, type TestContext } from 'vitest';
import { CHECKS } from '../../generator/cluster/checks.ts';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { startApiServer, type ApiServer } from '../tools/api-server.ts';
import { makeAuthority } from '../tools/authority.ts';
import { writeFiles } from '../tools/deployment.ts';
import { documentedFields, fieldsOf } from '../tools/documented.ts';
import { ADMIN, startExternalLab, VERIFIED, VERIFIED_HOST, type ExternalLab } from '../tools/external.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { dataOf, pick, secretList, withSecretText } from '../tools/manifests.ts';
import { runProgram } from '../tools/program.ts';
import { run, type Result } from '../tools/run.ts';

/*
 * A server of somebody else's that speaks TLS and is known by his authority, whose admin is no superuser: what the Job provisions, and the commands that find
 * a deployment in a cluster and ask its server where that is. The real kubectl and psql; in the place of the API a small server of ours.
 */
const SERVICES =
  'postgresql: { version: "15" }\nservices:\n  mail: { connectionLimit: 5 }\n  user-service: { roles: { reports: {} } }\n';
const VALUES = VERIFIED + SERVICES;
/** The same server, known by its knowledge of the password alone. */
const BOUND = VALUES.replace('{ existingSecret: provider-authorities }', '{ mode: require }');

const folder = temporaryFolder();
let lab: ExternalLab;
let api: ApiServer;
let hasKubectl: boolean;

beforeAll(async () => {
  writeFiles(folder, { 'values.yaml': VALUES, 'bound/values.yaml': BOUND });
  lab = await startExternalLab(inject('postgres')[15], { values: SERVICES }, VERIFIED);
  const { code, output } = await lab.job();
  expect(code, output).toBe(0);
  api = await startApiServer(lab.manifests(), 1);
  const authority = dataOf(pick(lab.manifests(), 'Secret', 'provider-authorities'))['ca.crt'] ?? '';
  writeFiles(folder, { 'ca.crt': authority, 'secrets.json': secretList(lab.manifests()) });
  hasKubectl = (await run('kubectl', ['version', '--client']).catch(() => ({ code: 1 }))).code === 0;
}, 120_000);
afterAll(async () => {
  api.close();
  await lab.server.end();
});

interface Where {
  readonly config?: string;
  readonly values?: string;
  /** Where the server is reached from here; the name leads nowhere. */
  readonly reached?: Record<string, string>;
}

/** A command that finds the deployment in the cluster, and its server through a port that somebody leads there. */
function command(context: TestContext, words: readonly string[], { config, values, reached }: Where = {}): Promise<Result> {
  context.skip(!hasKubectl, 'there is no kubectl on this machine');
  const here = reached ?? { PGHOSTADDR: '127.0.0.1', PGPORT: String(lab.server.port) };
  const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: config ?? api.config, ...here };
  const [name = '', ...rest] = words;
  const args = [name, '--values', values ?? 'values.yaml', ...rest];
  // What psql prints goes past the program.
  if (name === 'connect') return run(process.execPath, [join(PROJECT, 'generator/bin.js'), ...args], { cwd: folder, env });
  return runProgram(args, { cwd: folder, env });
}

const WHO = 'SELECT current_user, current_database(), ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
const ask = (sql: string): string[] => ['--', '--no-psqlrc', '--no-align', '--tuples-only', '--command', sql];

test('the Job provisions it, and helm test proves it, over TLS with its name verified', async () => {
  expect((await lab.job()).output).toContain('2 services: 2 well, 0 not');
  expect((await lab.helmTest()).output).toContain('0 things are not as they must be');
  const other = await lab.job({ PGHOST: 'db.example.org', WAIT_SECONDS: '5' });
  expect(other.output).toContain('server: its certificate has not the name that was connected to');
  expect(other.code).toBe(1);
});

describe('connect --cluster', () => {
  test.for([
    ['mail', 'maildb_user|maildb|t'],
    ['user-service.reports', 'userdb_reports|userdb|t'],
    ['admin', `${ADMIN.user}|${ADMIN.database}|t`],
  ])('connects %s, to a server that is verified or bound to the password', async ([name = '', who], context) => {
    const verified = await command(context, ['connect', name, '--cluster', ...ask(WHO)]);
    expect(verified).toMatchObject({ stdout: `${who}\n`, stderr: '', code: 0 });
    const bound = await command(context, ['connect', name, '--cluster', ...ask(WHO)], { values: 'bound/values.yaml' });
    expect(bound).toMatchObject({ stdout: `${who}\n`, stderr: '', code: 0 });
    expect(api.requests.filter((request) => request.startsWith('upgrade'))).toEqual([]);
  });

  test('says what is no address of the server, and whose release is not there', async (context) => {
    const named = await command(context, ['connect', 'mail', '--cluster'], { reached: { PGHOSTADDR: 'localhost' } });
    expect(named.stderr).toBe(
      'PGHOSTADDR: it is "localhost", and must be an address: 127.0.0.1\n  It says where engine.external.host is reached from this machine; unset it where the name leads there.\n\n1 problem; nothing was written.\n',
    );
    const absent = await command(context, ['connect', 'mail', '--cluster', '--release', 'other']);
    expect(absent.stderr).toContain('there is no release other of shared-postgresql in this namespace.');
  });
});

describe('status', () => {
  // A session of a test before ends a moment after its client.
  const quiet = (): Promise<void> =>
    expect
      .poll(() => lab.provider("SELECT FROM pg_stat_activity WHERE datname IN ('maildb', 'userdb')"), { timeout: 30_000 })
      .toEqual([]);

  test('tells of the server, of whom the admin is, and misses no pod', async (context) => {
    await quiet();
    const told = await command(context, ['status', '--json']);
    expect(told.stderr).toBe('');
    expect(fieldsOf(told.stdout).sort()).toEqual(documentedFields('status').sort());
    const bytes: unknown = expect.any(Number);
    expect(JSON.parse(told.stdout)).toMatchObject({
      exitCode: ENDINGS.fine.code,
      state: { pods: [], jobs: [{ component: 'provisioning' }] },
      usage: { admin: { name: ADMIN.user, rights: ['CREATEDB', 'CREATEROLE'] }, connections: { most: 60 }, bytes },
      services: [
        { name: 'mail', database: 'maildb', bytes, sessions: 0, connectionLimit: 5 },
        { name: 'user-service', database: 'userdb', bytes, sessions: 0 },
      ],
      findings: [],
    });
    const person = await command(context, ['status'], { values: 'bound/values.yaml' });
    expect(person.stdout).toContain(`\nadmin ${ADMIN.user}: CREATEDB, CREATEROLE\n`);
    expect(person.code).toBe(ENDINGS.fine.code);
  });

  test('counts the sessions of others, and finds what the admin lacks', async (context) => {
    await quiet();
    await lab.provider(`ALTER ROLE ${ADMIN.user} NOCREATEROLE`);
    const { stdout, code } = await lab.server.asAdmin(() => command(context, ['status', '--json']), 'maildb');
    await lab.provider(`ALTER ROLE ${ADMIN.user} CREATEROLE`);
    const [mail] = servicesIn(stdout);
    expect(mail).toMatchObject({ name: 'mail', sessions: 1 });
    expect(stdout).toContain(`server: ${ADMIN.user} lacks CREATEROLE, which provisioning wants`);
    expect(code).toBe(ENDINGS.amiss.code);
  });

  test('says of a server that is not reached what to do, beside what the cluster tells', async (context) => {
    const { stdout, stderr, code } = await command(context, ['status'], { reached: { PGHOSTADDR: '127.0.0.1', PGPORT: '1' } });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\| Job shared-postgresql-provisioning-\w+ +\| running /m);
    expect(stdout).toContain(
      `server: ${VERIFIED_HOST} is not reached from here: run this where it is, or lead a port of this machine there (ssh -L, the provider's proxy) and name it, PGHOSTADDR=127.0.0.1 PGPORT=6432; `,
    );
    expect(code).toBe(ENDINGS.amiss.code);
  });
});

function servicesIn(document: string): readonly unknown[] {
  const data: unknown = JSON.parse(document);
  const services: unknown = typeof data === 'object' && data !== null && 'services' in data ? data.services : [];
  return Array.isArray(services) ? services : [];
}

describe('doctor', () => {
  test('leaves out what is about a pod, and looks at all else', async (context) => {
    const { stdout, code } = await command(context, ['doctor', '--json']);
    const leftOut = ['pod', 'disk', 'endpoints', 'dns'];
    const diagnoses = CHECKS.map(({ name }) => ({ check: name, outcome: leftOut.includes(name) ? 'left out' : 'well' }));
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: ENDINGS.fine.code, diagnoses });
    expect(code).toBe(ENDINGS.fine.code);
  });

  test('finds a Secret that opens nothing', async (context) => {
    const ill = await startApiServer(withSecretText(lab.manifests(), 'mail-db-secret', 'password', 'other'), 1);
    const { stdout, code } = await command(context, ['doctor'], { config: ill.config });
    ill.close();
    expect(stdout).toMatch(/^logins: mail: maildb_user cannot open maildb with its Secret: password authentication failed/m);
    expect(stdout).toContain('\nleft out: it is about a server in the cluster, and somebody else runs this one\n');
    expect(code).toBe(ENDINGS.amiss.code);
  });
});

/** The server as the admin, verified by the authority of its provider. */
const url = (): string =>
  `postgresql://${ADMIN.user}:${encodeURIComponent(ADMIN.password)}@localhost:${lab.server.port}/?sslmode=verify-full&sslrootcert=${folder}/ca.crt`;

describe('by --url', () => {
  const there = (context: TestContext, name: string, ...words: string[]): Promise<Result> =>
    command(context, [name, ...words, '--url', url()], { reached: {} });

  test('plan finds nothing to do, verify opens every door that is to be open, report draws them all', async (context) => {
    expect(await there(context, 'plan', '--compare', 'all')).toMatchObject({ code: ENDINGS.fine.code });
    expect(await there(context, 'verify', '--secrets', 'secrets.json')).toMatchObject({ code: ENDINGS.fine.code });
    const reported = await there(context, 'report', '--secrets', 'secrets.json', '--json');
    expect(JSON.parse(reported.stdout)).toMatchObject({ exitCode: ENDINGS.fine.code, from: 'the deployment', remarks: [] });
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('maildb');
  });

  test('baseline records what a database has already, and tells what it has not', async (context) => {
    const file = 'with/schema/databases/user-service/001_users.sql';
    writeFiles(folder, { 'with/values.yaml': VALUES, [file]: 'CREATE TABLE users (id integer);\n' });
    const values = 'with/values.yaml';
    const baseline = (): Promise<Result> =>
      command(context, ['baseline', 'user-service', '--url', url()], { reached: {}, values });
    const none = await baseline();
    expect(none.stdout).toContain('user-service: only in the schema files: CREATE TABLE public.users');
    expect(none.code).toBe(ENDINGS.amiss.code);
    await lab.provider('CREATE TABLE users (id integer); ALTER TABLE users OWNER TO userdb_user', 'userdb');
    const { stdout, output, code } = await baseline();
    expect(code, output).toBe(ENDINGS.fine.code);
    expect(stdout).toBe('user-service: recorded 1 schema file as applied\n');
    const planned = await command(context, ['plan', '--url', url()], { reached: {}, values });
    expect(planned.stdout).not.toContain('001_users.sql');
  });

  test('rename confirms the database by its number', async (context) => {
    writeFiles(folder, { 'renamed/values.yaml': VALUES });
    const words = ['rename', 'mail', 'post', '--out', 'renamed/chart', '--url', url()];
    const { output, code } = await command(context, words, { reached: {}, values: 'renamed/values.yaml' });
    expect(code, output).toBe(ENDINGS.fine.code);
    const [mail] = await lab.admin<{ oid: number }>("SELECT oid FROM pg_database WHERE datname = 'maildb'");
    expect(readFileSync(join(folder, 'renamed/values.yaml'), 'utf8')).toContain(`adopt: confirm-maildb-${mail?.oid}`);
  });
});

/** Somebody between, with a certificate of his own, who hands on what he hears. */
async function startBetween(): Promise<{ readonly server: NetServer; readonly port: number }> {
  const { certificate: cert, key } = makeAuthority();
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .once('data', () => {
        socket.write('S');
        const heard = new TLSSocket(socket, { isServer: true, cert, key });
        const upstream = connectTo(lab.server.port, '127.0.0.1');
        heard
          .on('error', () => upstream.destroy())
          .pipe(upstream)
          .on('error', () => heard.destroy())
          .pipe(heard);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

test.for([
  ['verified', 'values.yaml', 'its certificate was signed by none that is known here'],
  ['bound to the password', 'bound/values.yaml', "so it is not this deployment's server; nothing was sent"],
])('somebody in between is not taken for a server that is %s', async ([, values = '', sentence = ''], context) => {
  const { server, port } = await startBetween();
  const { stdout, code } = await command(context, ['status'], {
    values,
    reached: { PGHOSTADDR: '127.0.0.1', PGPORT: String(port) },
  });
  server.close();
  expect(stdout).toContain(sentence);
  expect(code).toBe(ENDINGS.amiss.code);
});
