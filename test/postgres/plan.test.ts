import { isRecord } from '../../generator/generate/fields.ts';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { deploy, type Deployment } from '../tools/deployment.ts';
import { documentedFields, fieldsOf } from '../tools/documented.ts';
import { runJob } from '../tools/job.ts';
import { ADMIN_SECRET, dataOf, pick } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { runProgram } from '../tools/program.ts';
import type { Result } from '../tools/run.ts';
import { startServer, type Server } from '../tools/server.ts';

const valuesFor = (major: number, knobs = ''): string =>
  `postgresql: { version: "${major}"${knobs} }\nservices:\n  a-service: {}\n  b-service: {}\n`;
const FILES = { 'schema/databases/a-service/001_a.sql': 'CREATE TABLE t (i int);\n' };

const passwordOf = ({ manifests }: Deployment): string => dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'] ?? '';

describe.each(POSTGRES_MAJORS)('plan against PostgreSQL %i', (major) => {
  let deployment: Deployment;
  let server: Server;

  beforeAll(async () => {
    deployment = await deploy({ values: valuesFor(major, ', settings: { work_mem: 8MB }'), files: FILES });
    server = await startServer(inject('postgres')[major], deployment.manifests);
  });
  afterAll(() => server.end());
  const plan = (...args: string[]): Promise<Result> => planFor(deployment, ...args);

  const planFor = ({ chart }: Deployment, ...args: string[]): Promise<Result> => {
    const password = passwordOf(deployment);
    const env = {
      PATH: process.env['PATH'],
      DATABASE_URL: `postgresql://postgres:${password}@127.0.0.1:${server.port}/postgres`,
    };
    return runProgram(['plan', '--values', join(chart, '../values.yaml'), ...args], { env });
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
    expect(stdout).not.toContain('CREATE TABLE t');
    expect((await plan('--sql')).stdout).toContain(
      '  apply 001_a.sql as adb_user\n      the schema file is not applied yet\n\n      CREATE TABLE t (i int);\n',
    );
    expect(stdout).toMatch(/^\d+ statements for server, a-service, b-service$/m);
    expect(code).toBe(2);
    expect(await admin(everything)).toEqual(before);
  });

  test('after the Job there is nothing, and it says so with 0', async () => {
    expect((await runJob(deployment.manifests, server.port)).code).toBe(0);
    expect(await plan()).toMatchObject({ code: 0, stdout: 'nothing to do\n', stderr: '' });
    const { stdout } = await plan('--json');
    expect(JSON.parse(stdout)).toEqual({ command: 'plan', exitCode: 0, problems: [], statements: [], restarts: [] });
    expect(await plan('--quiet')).toMatchObject({ code: 0, output: '' });
  });

  test('drift is a plan: each statement with its service and its reason', async () => {
    await admin('ALTER ROLE adb_user CREATEDB; GRANT CONNECT ON DATABASE bdb TO PUBLIC');
    const { code, stdout } = await plan('--json');
    const statements = [
      { service: 'a-service', statement: 'ALTER ROLE adb_user NOCREATEDB', reason: 'attributes of the role differ' },
      {
        service: 'b-service',
        statement: 'REVOKE CONNECT ON DATABASE bdb FROM PUBLIC CASCADE',
        reason: 'privileges that nobody declared',
      },
    ];
    expect(JSON.parse(stdout)).toEqual({ command: 'plan', exitCode: 2, problems: [], statements, restarts: [] });
    expect(fieldsOf(stdout)).toEqual(documentedFields('plan'));
    expect(code).toBe(ENDINGS.pending.code);
    expect((await runJob(deployment.manifests, server.port)).code).toBe(0);
    expect((await plan()).code).toBe(0);
  });

  test('another major is none that a restart brings', async () => {
    const other = major === 18 ? 17 : 16;
    const changed = await deploy({ values: valuesFor(other, ', settings: { work_mem: 8MB }'), files: FILES });
    expect((await planFor(changed)).stdout).toContain(
      `  RESTARTS: postgresql.version = ${other}\n      the server is PostgreSQL ${major}, and no other major reads its data\n`,
    );
  });

  // What follows is the business of the command, whatever the server.
  if (major !== 18) return;

  test('what an upgrade with other values restarts the server for is told, and is nothing for provisioning to do', async () => {
    const knobs = `, maxConnections: 300, settings: { log_line_prefix: "it's %m\\n" }`;
    const changed = await deploy({ values: valuesFor(major, knobs), files: FILES });
    const { code, stdout } = await planFor(changed);
    expect(stdout).toMatch(
      /^nothing to do\n\nThe next upgrade with these values restarts the server; apply leaves these alone:\n\nserver\n {2}RESTARTS: /,
    );
    expect(stdout).toContain('  RESTARTS: max_connections = 300\n      the server was started with 200\n');
    expect(stdout).toMatch(/^ {2}RESTARTS: work_mem = '\d+kB'\n {6}the server was started with '8MB'$/m);
    expect(stdout).toContain(`  RESTARTS: log_line_prefix = 'it''s %m\\n'\n      the server was started with '%m [%p] '\n`);
    expect(code).toBe(0);
    const document: unknown = JSON.parse((await planFor(changed, '--json')).stdout);
    expect(isRecord(document) && document['restarts']).toContainEqual({
      service: 'server',
      statement: 'max_connections = 300',
      reason: 'the server was started with 200',
      reported: true,
      danger: 'restarts',
    });
  });

  test('a setting that the values no longer have, and one that only they have', async () => {
    const { stdout } = await planFor(await deploy({ values: valuesFor(major, ', settings: { jit: off }'), files: FILES }));
    expect(stdout).toContain("  RESTARTS: jit = 'false'\n      the server was started without it\n");
    const bare = await deploy({ values: `resources: { limits: { memory: null } }\n${valuesFor(major)}`, files: FILES });
    expect((await planFor(bare)).stdout).toContain(
      "  RESTARTS: work_mem is no longer set\n      the server was started with '8MB'\n",
    );
  });

  test("of a server that has another's postgresql.conf nobody says what restarts it", async () => {
    const manifests = deployment.manifests.map((each) =>
      each.kind === 'ConfigMap' && 'postgresql.conf' in dataOf(each)
        ? { ...each, data: { ...dataOf(each), 'postgresql.conf': '' } }
        : each,
    );
    const other = await startServer(inject('postgres')[major], manifests);
    try {
      const { stdout } = await plan('--url', `postgresql://postgres:${passwordOf(deployment)}@127.0.0.1:${other.port}/postgres`);
      expect(stdout).toContain('CREATE ROLE adb');
      expect(stdout).not.toContain('RESTARTS');
    } finally {
      await other.end();
    }
  });

  test('what a person has to decide is told once, and is no statement', async () => {
    await admin('CREATE ROLE cdb');
    await admin('CREATE ROLE cdb_user LOGIN');
    await admin('CREATE DATABASE cdb');
    const changed = await deploy({
      values: `${valuesFor(major, ', settings: { work_mem: 8MB }')}  c-service: {}\n  d-service: {}\n`,
      files: FILES,
    });
    const { code, stdout } = await planFor(changed);
    expect(stdout.match(/adopt: confirm-cdb-/g)).toHaveLength(1);
    expect(stdout).toMatch(/^\d+ statements for [^\n]*d-service[^\n]*\nrefused until that is decided: c-service$/m);
    expect(stdout).not.toMatch(/statements for .*c-service/);
    const document: unknown = JSON.parse((await planFor(changed, '--json')).stdout);
    const isRefused: unknown = expect.objectContaining({ service: 'c-service', refused: true });
    expect(isRecord(document) && document['statements']).toContainEqual(isRefused);
    expect(code).toBe(ENDINGS.pending.code);
    for (const sql of ['DROP DATABASE cdb', 'DROP ROLE cdb', 'DROP ROLE cdb_user']) await admin(sql);
  });

  test('a server that cannot be reached is a sentence', async () => {
    const { code, stderr } = await plan('--url', 'postgresql://postgres@127.0.0.1:1/postgres');
    const hint =
      'nothing listens there; look at host and port, and whether the server and, from outside a cluster, `kubectl port-forward` run';
    expect(stderr).toBe(`the server: connect ECONNREFUSED 127.0.0.1:1\nserver: ${hint}\n`);
    expect(code).toBe(ENDINGS.unreached.code);
  });

  test('a login that is refused, and one without a password, are sentences', async () => {
    const at = `127.0.0.1:${server.port}`;
    const refused = await plan('--url', `postgresql://postgres:wrong@${at}`);
    expect(refused.stderr).toMatch(
      /^the server: password authentication failed for user "postgres"\nserver: its password for the admin is not the one in the admin's Secret\n$/,
    );
    expect(refused.code).toBe(ENDINGS.unreached.code);
    const without = await runProgram(
      ['plan', '--values', join(deployment.chart, '../values.yaml'), '--url', `postgresql://postgres@${at}`],
      { env: { PATH: process.env['PATH'], HOME: '/nowhere' } },
    );
    expect(without.stderr).toContain(
      'server: it asks for a password, and none is given; set PGPASSWORD, or write it into the URL behind the user\n',
    );
    expect(without.code).toBe(ENDINGS.unreached.code);
  });
});
