/** @module-tag quarter */
import { chmodSync, existsSync } from 'node:fs';
import { connect as connectTo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, afterAll, describe, expect, test, type TestContext } from 'vitest';
import { CHECKS } from '../../generator/cluster/checks.ts';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { readUsage } from '../../generator/server/usage.ts';
import { startApiServer, type ApiServer } from '../tools/api-server.ts';
import { certificateOf, clientCertificate, makeAuthority, withCertificate } from '../tools/authority.ts';
import { writeFiles } from '../tools/deployment.ts';
import { documentedFields, fieldsOf } from '../tools/documented.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { startProvisionedLab, type Lab } from '../tools/lab.ts';
import { ADMIN_SECRET, at, dataOf, parseManifests, pick, secretList, withSecretText } from '../tools/manifests.ts';
import { run, type Result } from '../tools/run.ts';

/*
 * The real kubectl and psql, and in the place of a cluster's API a small server of ours that has the objects of the deployment and forwards to its server.
 */
const VALUES =
  "postgresql: { version: '15' }\ntls: { issueClientCertificates: true }\nbackup: { schedule: '@daily', pointInTime: { enabled: true } }\nservices:\n  user-service: { namespace: users, roles: { reporting: { clientCertificate: reports } } }\n  mail: {}\n";

const folder = temporaryFolder();
let lab: Lab;
let api: ApiServer;
let hasKubectl: boolean;

beforeAll(async () => {
  writeFiles(folder, { 'values.yaml': VALUES });
  lab = await startProvisionedLab(15, { values: VALUES });
  api = await startApiServer(lab.manifests(), lab.server.port);
  hasKubectl = (await run('kubectl', ['version', '--client']).catch(() => ({ code: 1 }))).code === 0;
});
afterAll(async () => {
  api.close();
  await lab.server.end();
});

/** A context whose user nobody declared. */
const WITHOUT_LOGIN = `
apiVersion: v1
kind: Config
current-context: c
clusters: [{ name: c, cluster: { server: 'https://127.0.0.1:1' } }]
contexts: [{ name: c, context: { cluster: c, user: nobody } }]
`;

const WHO = 'SELECT current_user, current_database(), ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()';

/** connect of the command line, with what psql is given behind it. */
function connect(words: readonly string[], psql: readonly string[], environment: Record<string, string> = {}): Promise<Result> {
  const command = [
    join(PROJECT, 'generator/bin.js'),
    'connect',
    ...words,
    '--',
    '--no-psqlrc',
    '--no-align',
    '--tuples-only',
    ...psql,
  ];
  const env = { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'], HOME: folder, KUBECONFIG: api.config, ...environment };
  return run(process.execPath, command, { cwd: folder, env });
}

const needsKubectl = (context: TestContext): void => context.skip(!hasKubectl, 'there is no kubectl on this machine');

describe('through a cluster', () => {
  test.for([
    ['user-service', 'userdb_user|userdb|t|'],
    ['user-service.reporting', 'userdb_reporting|userdb|t|/CN=userdb_reporting'],
    ['mail', 'maildb_user|maildb|t|'],
    ['admin', 'postgres|postgres|t|'],
  ])('connects %s', async ([name = '', who], context) => {
    needsKubectl(context);
    const { stdout, stderr, code } = await connect([name, '--cluster'], ['--command', WHO]);
    expect({ stdout, stderr, code }).toEqual({ stdout: `${who}\n`, stderr: '', code: 0 });
  });

  test('reads a service’s Secret where its pods do, and nothing else that is secret', async (context) => {
    needsKubectl(context);
    const before = api.requests.length;
    await connect(['user-service', '--cluster'], ['--command', 'SELECT 1']);
    const secrets = api.requests.slice(before).filter((request) => request.includes('/secrets/'));
    expect(secrets).toEqual(['GET /api/v1/namespaces/users/secrets/user-service-db-secret?timeout=10s']);
  });

  test('has the password in a file alone, which goes', async (context) => {
    needsKubectl(context);
    const look = String.raw`\! tr '\0' '\n' </proc/$PPID/environ; tr '\0' ' ' </proc/$PPID/cmdline; stat --format=%a "$PGPASSFILE" "$(dirname "$PGPASSFILE")"`;
    const { stdout } = await connect(['mail', '--cluster'], ['--command', look]);
    expect(stdout).toContain('PGSSLMODE=verify-full\n');
    expect(stdout).toMatch(/600\n700\n$/);
    expect(stdout).not.toContain(dataOf(pick(lab.manifests(), 'Secret', 'mail-db-secret'))['password']);
    const [, file = ''] = /^PGPASSFILE=(.*)$/m.exec(stdout) ?? [];
    expect(existsSync(file)).toBe(false);
  });

  test('sends nothing to whom another authority signed', async (context) => {
    needsKubectl(context);
    const other = withCertificate(lab.manifests(), { authority: makeAuthority() });
    const deceived = await startApiServer(other, lab.server.port);
    const { stderr, code } = await connect(['admin', '--cluster'], ['--command', 'SELECT 1'], { KUBECONFIG: deceived.config });
    deceived.close();
    expect(stderr).toContain('certificate verify failed');
    expect(code).toBe(2);
  });

  test('takes no address but the one that is forwarded, where no certificate tells who answers', async (context) => {
    needsKubectl(context);
    const texts = lab
      .manifests()
      .map((each) => JSON.stringify(each).replace('{"name":"tls","projected":', '{"name":"other","projected":'));
    const forwarded = await startApiServer(parseManifests(texts.join('\n---\n')), lab.server.port);
    const words = ['--command', String.raw`\! echo "$PGHOST $PGSSLMODE"`, '--command', WHO];
    const { stdout } = await connect(['mail', '--cluster'], words, { KUBECONFIG: forwarded.config });
    forwarded.close();
    expect(stdout).toBe('127.0.0.1 disable\nmaildb_user|maildb|f|\n');
  });

  test('says what is not there', async (context) => {
    needsKubectl(context);
    const { stderr, code } = await connect(['mail', '--cluster', '--release', 'other'], []);
    expect(stderr).toBe(
      'there is no release other of shared-postgresql in this namespace.\n  Name them with --release and --namespace: `helm list --all-namespaces` shows which there are.\n',
    );
    expect(code).toBe(ENDINGS.unreached.code);
    const nobody = await connect(['mail', '--cluster'], [], { KUBECONFIG: join(folder, 'none') });
    expect(nobody.stderr).toMatch(/^kubectl: .*\n {2}Look at `kubectl config current-context`/);
    expect(nobody.code).toBe(ENDINGS.unreached.code);
    writeFiles(folder, { asking: WITHOUT_LOGIN });
    const asked = await connect(['mail', '--cluster'], [], { KUBECONFIG: join(folder, 'asking') });
    expect(asked.stderr).toMatch(/^kubectl: the context has no login, and kubectl asks for a user's name\n {2}Look at /);
  });

  test('wants kubectl and psql', async () => {
    const bin = temporaryFolder();
    expect((await connect(['mail', '--cluster'], [], { PATH: bin })).stderr).toMatch(
      /^there is no kubectl on this machine\.\n {2}Install it /,
    );
    const { stderr, code } = await connect(['admin', '--url', `postgresql://postgres:x@127.0.0.1:${lab.server.port}`], [], {
      PATH: bin,
    });
    expect(stderr).toMatch(/^there is no psql on this machine\.\n {2}Install the client programs/);
    expect(code).toBe(ENDINGS.unable.code);
  });
});

const examine = (config: string, ...words: string[]): Promise<Result> =>
  run(process.execPath, [join(PROJECT, 'generator/bin.js'), 'doctor', ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: config },
  });

describe('status', () => {
  const look = (words: readonly string[], config = api.config): Promise<Result> =>
    run(process.execPath, [join(PROJECT, 'generator/bin.js'), 'status', ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: config },
    });

  test('tells what runs, how full it is, and what somebody should see to', async (context) => {
    needsKubectl(context);
    // A session of a test before this one ends a moment after its client.
    const sessions = (): Promise<object[]> => lab.admin("SELECT FROM pg_stat_activity WHERE datname IN ('maildb', 'userdb')");
    await expect.poll(sessions, { timeout: 30_000 }).toEqual([]);
    const { stdout, stderr, code } = await look(['--json']);
    expect(stderr).toBe('');
    expect(fieldsOf(stdout).sort()).toEqual(documentedFields('status').sort());
    const bytes: unknown = expect.any(Number);
    const version: unknown = expect.stringMatching(/^15\./);
    const unbound = (volume: string): unknown => expect.stringContaining(`volume shared-postgresql-${volume} is not bound; `);
    const services = [
      { name: 'mail', database: 'maildb', bytes, sessions: 0, connectionLimit: 20 },
      { name: 'user-service', database: 'userdb', bytes, sessions: 0, connectionLimit: 20 },
    ];
    expect(JSON.parse(stdout)).toMatchObject({
      exitCode: ENDINGS.amiss.code,
      state: { pods: [{ name: 'shared-postgresql-0', ready: true }], jobs: [{ component: 'provisioning', outcome: 'running' }] },
      usage: { server: { version } },
      services,
      findings: [unbound('backups'), unbound('data')],
    });
    expect(code).toBe(ENDINGS.amiss.code);
    const person = await look([]);
    expect(person.stdout).toMatch(/^\| what +\| state +\|/);
    expect(person.stdout).toMatch(/\| mail +\| maildb +\| +[\d.]+ MB \| +0 of 20 \|/);
  });

  test('tells, as doctor does, when the certificate that a login must show ends soon', async (context) => {
    needsKubectl(context);
    const others = lab.manifests().filter(({ metadata }) => metadata.name !== 'reports');
    const aged = { secret: 'reports', user: 'userdb_reporting', from: -3600, until: 900 };
    const secret = clientCertificate(lab.manifests(), aged);
    const inUsers = { ...secret, metadata: { ...secret.metadata, namespace: 'users' } };
    const inTime = await startApiServer([...others, inUsers], lab.server.port);
    const sentence =
      /WARNING: the certificate that user-service\.reporting must show ends on .* UTC, and nobody renewed it: then the server /;
    expect((await look([], inTime.config)).output).toMatch(sentence);
    const examined = await examine(inTime.config);
    inTime.close();
    expect(examined.stdout).toMatch(new RegExp(`^certificate: ${sentence.source}`, 'm'));
  });

  test('logs in nowhere, and reads no Secret, where that is asked for', async (context) => {
    needsKubectl(context);
    const before = api.requests.length;
    const document: unknown = JSON.parse((await look(['--no-server', '--json'])).stdout);
    const unbound: unknown = expect.stringContaining('is not bound');
    expect(document).toMatchObject({ findings: [unbound, unbound] });
    expect(document).not.toHaveProperty('usage');
    expect(api.requests.slice(before).filter((request) => /secrets|upgrade/.test(request))).toEqual([]);
  });
});

describe('doctor', () => {
  test('looks at everything, and calls nothing well that nobody could see', async (context) => {
    needsKubectl(context);
    const { stdout, stderr, code } = await examine(api.config, '--json');
    expect(stderr).toBe('');
    expect(fieldsOf(stdout).sort()).toEqual(documentedFields('doctor').sort());
    const outcomes = new Map([
      ['volume', 'found'],
      ['disk', 'not looked at'],
      ['dns', 'not looked at'],
    ]);
    const diagnoses = CHECKS.map(({ name }) => ({ check: name, outcome: outcomes.get(name) ?? 'well' }));
    expect(JSON.parse(stdout)).toMatchObject({ diagnoses });
    expect(code).toBe(ENDINGS.amiss.code);
  });

  test('finds a Secret that is not there, one that opens nothing, and a policy that shuts all pods', async (context) => {
    needsKubectl(context);
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'shut', namespace: 'default' },
      spec: { podSelector: {}, policyTypes: ['Egress'] },
    };
    const others = lab.manifests().filter(({ metadata }) => metadata.name !== 'user-service-db-secret');
    const ill = await startApiServer([...withSecretText(others, 'mail-db-secret', 'password', 'other'), policy], lab.server.port);
    const { stdout, code } = await examine(ill.config);
    ill.close();
    expect(stdout).toMatch(/^secrets: user-service: Secret user-service-db-secret is missing or has no usable key "password"; /m);
    expect(stdout).toMatch(/^logins: mail: maildb_user cannot open maildb with its Secret: password authentication failed/m);
    expect(stdout).toMatch(/^policy: NetworkPolicy shut shuts all pods of the namespace; /m);
    expect(stdout).toMatch(/^dns was not looked at: kubectl: /m);
    expect(code).toBe(ENDINGS.amiss.code);
  });

  test('says that there is no release, and ends at once where nobody answers', async (context) => {
    needsKubectl(context);
    const { stdout, code } = await examine(api.config, '--release', 'other');
    expect(stdout).toMatch(/^release: there is no release other of shared-postgresql in this namespace\. Name them with /m);
    expect(stdout).not.toMatch(/^\| (pod|volume|logins) +\| well/m);
    expect(code).toBe(ENDINGS.amiss.code);
    expect((await examine(join(folder, 'none'))).code).toBe(ENDINGS.unreached.code);
  });
});

test('a session ends although what forwards it never says that it did', async () => {
  const deaf = createServer({ allowHalfOpen: true }, (socket) => {
    const server = connectTo(lab.server.port, '127.0.0.1');
    socket.on('data', (part) => server.write(part)).on('error', () => undefined);
    server.on('data', (part) => socket.write(part)).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
  const address = deaf.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { password = '' } = dataOf(pick(lab.manifests(), 'Secret', ADMIN_SECRET));
  const usage = await readUsage({ host: '127.0.0.1', port, user: 'postgres', password, ssl: false });
  expect(usage.databases.map(({ name }) => name)).toContain('maildb');
  deaf.close();
}, 15_000);

test('logs prints what the newest pod of a component said', async (context) => {
  needsKubectl(context);
  const logs = (...words: string[]): Promise<Result> =>
    run(process.execPath, [join(PROJECT, 'generator/bin.js'), 'logs', ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: api.config },
    });
  const { stdout, code } = await logs('server');
  expect(stdout).toContain('shared-postgresql-0 said this in postgresql\n\\x1b[2Jforged\\x0dline\n');
  expect(code).toBe(0);
  const document = await logs('server', '--json');
  expect(JSON.parse(document.stdout)).toMatchObject({ pod: 'shared-postgresql-0', exitCode: 0 });
  expect(document.stderr).toContain('said this in');
  const none = await logs('backup');
  expect(none.stderr).toMatch(/^release shared-postgresql has no pod of backup in this namespace\.\n {2}A finished Job /);
  expect(none.code).toBe(ENDINGS.unreached.code);
});

describe('restore --cluster', () => {
  const restore = (...words: string[]): Promise<Result> =>
    run(process.execPath, [join(PROJECT, 'generator/bin.js'), 'restore', ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: api.config },
    });
  const AT = '2026-11-27T09:30Z';

  test('starts the Job with what it is given, and says what it says and how it ended', async (context) => {
    needsKubectl(context);
    const { stdout, code } = await restore('mail', '--cluster', '--at', AT, '--to', 'maildb_old');
    expect(stdout).toMatch(/^Job shared-postgresql-restore-0 runs in namespace default, and goes on if you leave$/m);
    expect(stdout).toContain('shared-postgresql-restore-0-pod said this in restore\\x1b[2J\n');
    expect(code).toBe(ENDINGS.fine.code);
    await restore('--all', '--cluster', '--at', AT, '--json');
    const cronJob = pick(lab.manifests(), 'CronJob', 'shared-postgresql-restore');
    const declared = at(cronJob, 'spec', 'jobTemplate', 'spec');
    const given = ({ SERVICES, TO }: Record<string, string>): unknown =>
      JSON.parse(
        JSON.stringify(declared)
          .replace('{"name":"SERVICES","value":""}', `{"name":"SERVICES","value":"${SERVICES ?? ''}"}`)
          .replace('{"name":"TO","value":""}', `{"name":"TO","value":"${TO ?? ''}"}`)
          .replace('{"name":"AT","value":""}', `{"name":"AT","value":"${AT}"}`),
      );
    expect(api.made.map(({ spec }) => spec)).toEqual([given({ SERVICES: 'mail', TO: 'maildb_old' }), given({ SERVICES: '*' })]);
  });

  test('tells when it did not go well, and what cannot be asked for', async (context) => {
    needsKubectl(context);
    const failed = await restore('mail', '--cluster', '--to', 'unwell', '--json');
    const document: unknown = JSON.parse(failed.stdout);
    expect(document).toMatchObject({ unfinished: ['server'], lines: [expect.stringContaining('said this in restore')] });
    expect(failed.code).toBe(ENDINGS.amiss.code);
    for (const [words, sentence] of [
      [
        ['mail', '--at', AT],
        /^--at: a time between two backups is brought back where the log is\n.*Give --cluster as well, or with --backups a folder that has \+server of the volume with the backups\./m,
      ],
      [['--cluster'], /there is no service\n.*Name services, or give --all\./],
      [['mail', '--all'], /there are services, and --all\n/],
      [['mail', 'user-service', '--cluster', '--to', 'x'], /^--to: it is the name of one database, for several services/m],
      [['gone', '--cluster'], /there is no service gone/],
    ] as const) {
      const refusal = await restore(...words);
      expect(refusal.stderr).toMatch(sentence);
      expect(refusal.code).toBe(ENDINGS.refused.code);
    }
    expect((await restore('mail', '--cluster', '--backups', '.')).code).toBe(ENDINGS.misused.code);
  });
});

describe('by a URL', () => {
  test('connects the admin, with a search_path that nobody else can fill, and a service by the Secrets', async () => {
    const { password = '' } = dataOf(pick(lab.manifests(), 'Secret', ADMIN_SECRET));
    const url = `postgresql://postgres:${password}@localhost:${lab.server.port}`;
    expect((await connect(['admin', '--url', url], ['--command', 'SHOW search_path'])).stdout).toBe('pg_catalog,pg_temp\n');
    writeFiles(folder, { 'secrets.json': secretList(lab.manifests()) });
    const service = await connect(['mail', '--url', url, '--secrets', 'secrets.json'], ['--command', WHO]);
    expect(service.stdout).toBe('maildb_user|maildb|t|\n');
    const certified = await connect(['user-service.reporting', '--url', url, '--secrets', 'secrets.json'], ['--command', WHO]);
    expect(certified.stdout).toBe('userdb_reporting|userdb|t|/CN=userdb_reporting\n');
  });

  test('shows nobody’s certificate that lies where libpq looks for one', async () => {
    const own = makeAuthority();
    const home = temporaryFolder();
    writeFiles(home, { '.postgresql/postgresql.crt': own.certificate, '.postgresql/postgresql.key': own.key });
    chmodSync(join(home, '.postgresql/postgresql.key'), 0o600);
    const { password = '' } = dataOf(pick(lab.manifests(), 'Secret', ADMIN_SECRET));
    writeFiles(home, { 'ca.crt': certificateOf(lab.manifests())['ca.crt'] ?? '' });
    const tls = `sslmode=verify-full&sslrootcert=${join(home, 'ca.crt')}`;
    const url = `postgresql://postgres:${password}@localhost:${lab.server.port}?${tls}`;
    const { stdout, stderr } = await connect(['admin', '--url', url], ['--command', WHO], { HOME: home });
    expect({ stdout, stderr }).toEqual({ stdout: 'postgres|postgres|t|\n', stderr: '' });
  });

  test('has psql’s exit code, and one document on standard output with --json', async () => {
    const { password = '' } = dataOf(pick(lab.manifests(), 'Secret', ADMIN_SECRET));
    const url = `postgresql://postgres:${password}@localhost:${lab.server.port}`;
    const { stdout, stderr, code } = await connect(['admin', '--json', '--url', url], ['--command', 'SELECT 1/0']);
    expect(code).toBe(1);
    expect(stderr).toContain('division by zero');
    expect(fieldsOf(stdout).sort()).toEqual(documentedFields('connect').sort());
    expect(JSON.parse(stdout)).toMatchObject({ host: 'localhost', user: 'postgres', exitCode: 1 });
  });
});

test('what is wrong is said before anything runs', async () => {
  const unknown = await connect(['orders'], []);
  expect(unknown.stderr).toContain(
    'the arguments: there is no login orders\n  There are admin, mail, user-service, user-service.reporting.\n',
  );
  expect(unknown.code).toBe(ENDINGS.refused.code);
  expect((await connect(['mail', '--url', 'postgresql://postgres@h'], [])).stderr).toContain(
    '--url: the password of mail is missing\n',
  );
  expect((await connect(['mail', '--cluster', '--url', 'postgresql://postgres@h'], [])).code).toBe(ENDINGS.misused.code);
  expect((await connect(['mail'], [])).stderr).toContain('dev does not run here.');
});
