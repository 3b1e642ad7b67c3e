/** @module-tag quarter */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { deploy, type Deployment } from '../tools/deployment.ts';
import { runHelmTest, runJob } from '../tools/job.ts';
import { ADMIN_SECRET, at, dataOf, pick, secretList, withSecretText, type Manifest } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { runProgram } from '../tools/program.ts';
import type { Result } from '../tools/run.ts';
import { startServer, withClient, type Server } from '../tools/server.ts';

const VALUES = `services:
  a-service: { connectionLimit: 2, roles: { reporting: {} } }
  b-service: {}
`;

describe.each(POSTGRES_MAJORS)('the proof on PostgreSQL %i', (major) => {
  let deployment: Deployment;
  let server: Server;

  beforeAll(async () => {
    deployment = await deploy({ values: VALUES, args: ['--set-string', `postgresql.version=${major}`] });
    server = await startServer(inject('postgres')[major], deployment.manifests);
  });
  afterAll(() => server.end());

  beforeEach(async () => {
    expect((await runJob(deployment.manifests, server.port, { COMPARE: 'all' })).code).toBe(0);
  });

  const verify = (args: readonly string[] = [], manifests: readonly Manifest[] = deployment.manifests): Promise<Result> => {
    const password = dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'] ?? '';
    const env = {
      PATH: process.env['PATH'],
      PGHOST: '127.0.0.1',
      PGPORT: String(server.port),
      PGUSER: 'postgres',
      PGPASSWORD: password,
    };
    const command = ['verify', '--values', join(deployment.chart, '../values.yaml'), '--secrets', '-', ...args];
    return runProgram(command, { env, input: secretList(manifests) });
  };
  const admin = (sql: string, database?: string): Promise<unknown> => server.asAdmin((client) => client.query(sql), database);

  test('an isolated server is proven by a matrix of real logins, and by the pod of helm test', async () => {
    expect(await verify()).toMatchObject({
      code: 0,
      stdout: [
        '| login         |  adb |  bdb | postgres | template1 |',
        '| :------------ | :--: | :--: | :------: | :-------: |',
        '| adb_user      | open |   -  |     -    |     -     |',
        '| adb_reporting | open |   -  |     -    |     -     |',
        '| bdb_user      |   -  | open |     -    |     -     |',
        '',
        '3 logins tried 12 times to open a database: each opens its own and no other, and nothing differs from values.yaml',
        '',
      ].join('\n'),
    });
    expect(await runHelmTest(deployment.manifests, server.port)).toMatchObject({
      code: 0,
      output: 'tried 12 times to log in; 0 things are not as they must be\n',
    });
  });

  const broken: readonly { what: string; sql: string; findings: readonly string[]; database?: string }[] = [
    {
      what: 'a key given to another service opens its database',
      sql: 'GRANT bdb TO adb_user',
      findings: [
        'a-service: REVOKE bdb FROM adb_user GRANTED BY postgres CASCADE  -- a membership that nobody declared',
        'a-service: by the catalogs adb_user may connect to database bdb',
        'a-service: adb_user opens database bdb, which is not its own',
      ],
    },
    {
      what: 'CONNECT for everybody is found although pg_hba.conf still refuses',
      sql: 'GRANT CONNECT ON DATABASE bdb TO PUBLIC',
      findings: [
        'b-service: REVOKE CONNECT ON DATABASE bdb FROM PUBLIC CASCADE  -- privileges that nobody declared',
        'a-service: by the catalogs adb_reporting may connect to database bdb',
        'a-service: by the catalogs adb_user may connect to database bdb',
      ],
    },
    {
      what: 'a lost key keeps a service out',
      sql: 'REVOKE bdb FROM bdb_user',
      findings: [
        'b-service: GRANT bdb TO bdb_user  -- the login role cannot open its database',
        'b-service: by the catalogs bdb_user may not connect to database bdb',
        'b-service: bdb_user cannot open its database bdb: pg_hba.conf rejects connection for host "127.0.0.1", user "bdb_user", database "bdb", no encryption',
      ],
    },
    {
      what: 'a login that became superuser',
      sql: 'ALTER ROLE bdb_user SUPERUSER',
      findings: [
        'b-service: ALTER ROLE bdb_user NOSUPERUSER  -- attributes of the role differ',
        'b-service: by the catalogs bdb_user may connect to database adb',
        'b-service: by the catalogs bdb_user may connect to database postgres',
        'b-service: by the catalogs bdb_user may connect to database template0',
        'b-service: by the catalogs bdb_user may connect to database template1',
      ],
    },
    {
      what: 'what was granted inside a database',
      sql: 'GRANT CREATE ON SCHEMA public TO adb_reporting',
      findings: [
        'a-service: REVOKE CREATE ON SCHEMA public FROM adb_reporting CASCADE  -- a role of the service has more access than declared',
      ],
      database: 'adb',
    },
  ];

  test.each(broken)('$what', async ({ sql, findings, database }) => {
    await admin(sql, database);
    for (const { code, stdout } of [await verify(), await runHelmTest(deployment.manifests, server.port)]) {
      for (const finding of findings) expect(stdout.replace('SSL encryption', 'no encryption').split('\n')).toContain(finding);
      expect(stdout).toMatch(new RegExp(`; ${findings.length} (findings? above|things are not as they must be)\\n$`));
      expect(code).toBe(1);
    }
  });

  // What follows is the business of the command and the scripts, whatever the server.
  if (major !== 18) return;

  test('--json has every attempt', async () => {
    const { code, stdout } = await verify(['--json']);
    const found: unknown = JSON.parse(stdout);
    expect(found).toMatchObject({ command: 'verify', exitCode: 0, problems: [], isolated: true, findings: [] });
    expect(at(found, 'attempts')).toContainEqual({
      service: 'b-service',
      user: 'bdb_user',
      database: 'adb',
      own: false,
      outcome: 'refused',
    });
    expect(code).toBe(0);
  });

  test('a password that does not fit is found, and one that is missing', async () => {
    const wrong = withSecretText(deployment.manifests, 'b-service-db-secret', 'password', 'wrong');
    const sentence = 'b-service: bdb_user cannot open its database bdb: ';
    expect((await verify([], wrong)).stdout).toContain(`${sentence}password authentication failed for user "bdb_user"\n`);
    expect((await runHelmTest(wrong, server.port)).stdout).toContain(
      `${sentence}password authentication failed for user "bdb_user"\n`,
    );
    const missing = deployment.manifests.filter(({ metadata }) => metadata.name !== 'b-service-db-secret');
    for (const { code, stdout } of [await verify([], missing), await runHelmTest(missing, server.port)]) {
      expect(stdout).toContain(sentence);
      expect(code).toBe(1);
    }
  });

  test('a service that holds all its connections has passed every door', async () => {
    const { user, password, database } = dataOf(pick(deployment.manifests, 'Secret', 'a-service-db-secret'));
    const config = { host: '127.0.0.1', port: server.port, user, password, database };
    await withClient(config, () =>
      withClient(config, async () => {
        expect((await verify()).code).toBe(0);
        expect((await runHelmTest(deployment.manifests, server.port)).code).toBe(0);
      }),
    );
  });

  test('a server that is not there is one sentence', async () => {
    const { code, stderr } = await verify(['--url', 'postgresql://postgres@127.0.0.1:1/postgres']);
    expect(stderr).toMatch(/^the server: connect ECONNREFUSED 127\.0\.0\.1:1\nserver: nothing listens there; [^\n]*\n$/);
    expect(code).toBe(ENDINGS.unreached.code);
  });
});

// Hundreds of logins: who tries what is reckoned by the scripts, the same for any server.
test('a sample is even: everybody tries the own database and those of the server, and as many others as there is room for', async () => {
  const services = Array.from({ length: 8 }, (_, number) => `  s${number + 10}: { connectionLimit: 1 }\n`);
  const many = await deploy({ values: `services:\n${services.join('')}` });
  const other = await startServer(inject('postgres')[18], many.manifests);
  expect((await runJob(many.manifests, other.port)).code).toBe(0);
  const output = async (ATTEMPTS: string): Promise<string> =>
    (await runHelmTest(many.manifests, other.port, { ATTEMPTS })).output;
  expect(await output('64')).toBe('tried 80 times to log in; 0 things are not as they must be\n');
  expect(await output('32')).toBe('tried 48 times to log in; 0 things are not as they must be\n');
  const some = many.manifests.filter(({ metadata }) => !/^s1[0-3]-db-secret$/.test(metadata.name));
  const sample = await runHelmTest(some, other.port, { ATTEMPTS: '32', PASSWORDS: 'sample' });
  expect(sample).toMatchObject({ code: 0, output: 'tried 44 times to log in; 0 things are not as they must be\n' });
  await other.end();
});
