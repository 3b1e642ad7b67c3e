import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { deploy, type Deployment } from '../tools/deployment.ts';
import { PROJECT } from '../tools/folders.ts';
import { runJob } from '../tools/job.ts';
import { dataOf, pick } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { run, type Result } from '../tools/run.ts';
import { startServer, type Server } from '../tools/server.ts';

const VALUES = 'services:\n  a-service: {}\n  b-service: {}\n';
const FILES = { 'schema/databases/a-service/001_a.sql': 'CREATE TABLE t (i int);\n' };

describe.each(POSTGRES_MAJORS)('plan against PostgreSQL %i', (major) => {
  let deployment: Deployment;
  let server: Server;

  beforeAll(async () => {
    deployment = await deploy({ values: VALUES, files: FILES, args: ['--set-string', `postgresql.version=${major}`] });
    server = await startServer(inject('postgres')[major], deployment.manifests);
  });
  afterAll(() => server.end());

  const plan = (...args: string[]): Promise<Result> => {
    const password = dataOf(pick(deployment.manifests, 'Secret', /-admin$/))['password'] ?? '';
    const env = {
      PATH: process.env['PATH'],
      DATABASE_URL: `postgresql://postgres:${password}@127.0.0.1:${server.port}/postgres`,
    };
    return run(
      process.execPath,
      [join(PROJECT, 'generator/bin.js'), 'plan', '--values', join(deployment.chart, '../values.yaml'), ...args],
      { env },
    );
  };

  const admin = (sql: string, database?: string): Promise<unknown[]> =>
    server.asAdmin(async (client) => (await client.query<object>(sql)).rows, database);

  test('on an empty server it tells everything that provisioning would do, and changes nothing', async () => {
    const everything =
      'SELECT (SELECT count(*) FROM pg_roles) AS roles, (SELECT count(*) FROM pg_database) AS databases, (SELECT count(*) FROM pg_namespace) AS schemas';
    const before = await admin(everything);
    const { code, stdout } = await plan();
    expect(stdout).toContain('a-service\n  CREATE ROLE adb NOLOGIN\n      the role that opens the database is missing\n');
    expect(stdout).toContain('  apply 001_a.sql as adb_user\n      the schema file is not applied yet\n');
    expect(stdout).toMatch(/^\d+ statements for server, a-service, b-service$/m);
    expect(code).toBe(2);
    expect(await admin(everything)).toEqual(before);
  });

  test('after the Job there is nothing, and it says so with 0', async () => {
    expect((await runJob(deployment.manifests, server.port)).code).toBe(0);
    expect(await plan()).toMatchObject({ code: 0, stdout: 'nothing to do\n', stderr: '' });
    expect(await plan('--json')).toMatchObject({ code: 0, stdout: '[]\n' });
  });

  test('drift is a plan: each statement with its service and its reason', async () => {
    await admin('ALTER ROLE adb_user CREATEDB; GRANT CONNECT ON DATABASE bdb TO PUBLIC');
    const { code, stdout } = await plan('--json');
    expect(JSON.parse(stdout)).toEqual([
      { service: 'a-service', statement: 'ALTER ROLE adb_user NOCREATEDB', reason: 'attributes of the role differ' },
      {
        service: 'b-service',
        statement: 'REVOKE CONNECT ON DATABASE bdb FROM PUBLIC CASCADE',
        reason: 'privileges that nobody declared',
      },
    ]);
    expect(code).toBe(2);
    expect((await runJob(deployment.manifests, server.port)).code).toBe(0);
    expect((await plan()).code).toBe(0);
  });

  test('a server that cannot be reached is a sentence', async () => {
    const { code, stderr } = await plan('--url', 'postgresql://postgres@127.0.0.1:1/postgres');
    expect(stderr).toBe('the server: connect ECONNREFUSED 127.0.0.1:1\n');
    expect(code).toBe(1);
  });
});
