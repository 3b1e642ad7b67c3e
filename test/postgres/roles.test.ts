import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { deploy } from '../tools/deployment.ts';
import { runJob } from '../tools/job.ts';
import { dataOf, keepSecrets, pick, withSecretText, type Manifest } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import type { Result } from '../tools/run.ts';
import { startServer, withClient, type Server } from '../tools/server.ts';

const VALUES = `services:
  a-service:
    roles:
      reporting: {}
      batch-job: { access: readwrite, connectionLimit: 2 }
  b-service: {}
`;
const FILES = {
  'schema/databases/a-service/001_a.sql':
    'CREATE TABLE t (id serial, i int);\nCREATE SCHEMA app;\nCREATE TABLE app.u (i int);\nCREATE VIEW app.v AS SELECT i FROM t;\nINSERT INTO t (i) VALUES (1);\n',
};

describe.each(POSTGRES_MAJORS)('roles beside the owner on PostgreSQL %i', (major) => {
  let server: Server;
  let manifests: Manifest[] = [];
  let first: Result;

  const provision = async (values: string, change = (rendered: Manifest[]): Manifest[] => rendered): Promise<Result> => {
    const { manifests: rendered } = await deploy({ values, files: FILES, args: ['--set-string', `postgresql.version=${major}`] });
    manifests = change(keepSecrets(rendered, manifests));
    return runJob(manifests, server.port);
  };
  beforeAll(async () => {
    const { manifests: rendered } = await deploy({
      values: VALUES,
      files: FILES,
      args: ['--set-string', `postgresql.version=${major}`],
    });
    manifests = rendered;
    server = await startServer(inject('postgres')[major], manifests);
    first = await provision(VALUES);
  });
  afterAll(() => server.end());

  const asLogin = async (secret: string, sql: string): Promise<unknown[]> => {
    const { user, password, database } = dataOf(pick(manifests, 'Secret', secret));
    const config = { host: '127.0.0.1', port: server.port, user, password, database };
    return withClient(config, async (client) => (await client.query<object>(sql)).rows);
  };
  const asOwner = (sql: string): Promise<unknown[]> => asLogin('a-service-db-secret', sql);
  const asReader = (sql: string): Promise<unknown[]> => asLogin('a-service-reporting-db-secret', sql);
  const asWriter = (sql: string): Promise<unknown[]> => asLogin('a-service-batch-job-db-secret', sql);
  const admin = (sql: string, database = 'adb'): Promise<unknown[]> =>
    server.asAdmin(async (client) => (await client.query<object>(sql)).rows, database);

  test('each has a login, a limit and a Secret of its own', async () => {
    expect(first.output).toContain(
      'a-service: CREATE ROLE adb_reporting LOGIN CONNECTION LIMIT 5  -- the login role is missing\n',
    );
    expect(first.output).toContain('2 services: 2 well, 0 not\n');
    expect(first.code).toBe(0);
    expect(dataOf(pick(manifests, 'Secret', 'a-service-batch-job-db-secret'))).toMatchObject({
      database: 'adb',
      user: 'adb_batch_job',
    });
    expect(await asReader('SELECT current_user::text')).toEqual([{ current_user: 'adb_reporting' }]);
    expect((await runJob(manifests, server.port)).output).toBe('2 services: 2 well, 0 not\n');
    expect((await runJob(manifests, server.port, { COMPARE: 'all' })).output).toMatch(
      /^([ab]-service: well after \d+ ms\n){2}2 services: 2 well, 0 not\n$/,
    );
  });

  test('readonly reads what is there and what is made later, and changes nothing', async () => {
    await asOwner(
      'CREATE TABLE IF NOT EXISTS later (i int); CREATE SCHEMA IF NOT EXISTS other; CREATE TABLE IF NOT EXISTS other.w (i int)',
    );
    expect(await asReader('SELECT i FROM t UNION ALL SELECT i FROM app.v ORDER BY 1')).toEqual([{ i: 1 }, { i: 1 }]);
    expect(await asReader('SELECT count(*)::int FROM later, other.w, app.u')).toEqual([{ count: 0 }]);
    for (const sql of [
      'INSERT INTO t (i) VALUES (2)',
      'UPDATE later SET i = 1',
      'DELETE FROM app.u',
      'TRUNCATE t',
      'SELECT nextval($$t_id_seq$$)',
    ])
      await expect(asReader(sql), sql).rejects.toThrow('permission denied for ');
    for (const sql of ['CREATE TABLE x ()', 'CREATE TABLE app.x ()', 'CREATE SCHEMA x', 'CREATE TEMP TABLE x ()'])
      await expect(asReader(sql), sql).rejects.toThrow(/permission denied (for|to create)/);
  });

  test('readwrite changes rows, and nothing else', async () => {
    expect(await asWriter('INSERT INTO t (i) VALUES (2) RETURNING i')).toEqual([{ i: 2 }]);
    await asOwner('CREATE TABLE IF NOT EXISTS later2 (id bigserial, i int)');
    expect(await asWriter('INSERT INTO later2 (i) VALUES (3) RETURNING id')).toEqual([{ id: '1' }]);
    await asWriter('DELETE FROM t WHERE i = 2');
    for (const sql of ['CREATE TABLE x ()', 'DROP TABLE t', 'ALTER TABLE t ADD COLUMN x int', 'TRUNCATE t', 'CREATE SCHEMA x'])
      await expect(asWriter(sql), sql).rejects.toThrow(/permission denied for|must be owner of/);
  });

  test('they open no other database, and cannot become the owner', async () => {
    for (const secret of ['a-service-reporting-db-secret', 'a-service-batch-job-db-secret']) {
      const { user, password } = dataOf(pick(manifests, 'Secret', secret));
      for (const database of ['bdb', 'postgres', 'template1']) {
        const attempt = withClient({ host: '127.0.0.1', port: server.port, user, password, database }, (client) =>
          client.query('SELECT 1'),
        );
        await expect(attempt).rejects.toThrow('pg_hba.conf rejects');
      }
      await expect(asLogin(secret, 'SET ROLE adb_user')).rejects.toThrow('permission denied to set role');
      await expect(asLogin(secret, 'SELECT * FROM shared_postgresql.schema_file')).rejects.toThrow(
        'permission denied for schema',
      );
    }
  });

  test('more or less access than declared is mended', async () => {
    // What is changed at once is mended at once, but for what one and the same statement would mend.
    const rounds: readonly Readonly<Record<string, string>>[] = [
      {
        'GRANT INSERT, DELETE ON t TO adb_reporting':
          'a-service: REVOKE DELETE, INSERT ON TABLE public.t FROM adb_reporting CASCADE  -- a role of the service has more access than declared',
        'GRANT CREATE ON SCHEMA app TO adb_batch_job':
          'a-service: REVOKE CREATE ON SCHEMA app FROM adb_batch_job CASCADE  -- a role of the service has more access than declared',
        'REVOKE SELECT ON app.u FROM adb_reporting':
          'a-service: GRANT SELECT ON TABLE app.u TO adb_reporting  -- a role of the service has less access than declared',
        'ALTER DEFAULT PRIVILEGES FOR ROLE adb_user REVOKE SELECT ON TABLES FROM adb_reporting':
          'a-service: ALTER DEFAULT PRIVILEGES FOR ROLE adb_user GRANT SELECT ON TABLES TO adb_reporting  -- a role of the service would have no access to what is made later',
        'ALTER DEFAULT PRIVILEGES FOR ROLE adb_user IN SCHEMA app GRANT UPDATE ON TABLES TO adb_reporting':
          'a-service: ALTER DEFAULT PRIVILEGES FOR ROLE adb_user IN SCHEMA app REVOKE UPDATE ON TABLES FROM adb_reporting  -- a role of the service would have more access than declared to what is made later',
        'REVOKE adb FROM adb_reporting': 'a-service: GRANT adb TO adb_reporting  -- the login role cannot open its database',
      },
      {
        'GRANT UPDATE (i) ON t TO adb_reporting':
          'a-service: REVOKE UPDATE (i) ON TABLE public.t FROM adb_reporting CASCADE  -- a role of the service has more access than declared',
        'GRANT SELECT ON t TO adb_reporting WITH GRANT OPTION':
          'a-service: REVOKE GRANT OPTION FOR SELECT ON TABLE public.t FROM adb_reporting CASCADE  -- a role of the service has more access than declared',
        'REVOKE USAGE ON SCHEMA app FROM adb_reporting':
          'a-service: GRANT USAGE ON SCHEMA app TO adb_reporting  -- a role of the service has less access than declared',
        'ALTER DEFAULT PRIVILEGES FOR ROLE adb_user GRANT INSERT ON TABLES TO adb_reporting':
          'a-service: ALTER DEFAULT PRIVILEGES FOR ROLE adb_user REVOKE INSERT ON TABLES FROM adb_reporting  -- a role of the service would have more access than declared to what is made later',
        'GRANT adb_user TO adb_reporting':
          'a-service: REVOKE adb_user FROM adb_reporting GRANTED BY postgres CASCADE  -- a membership that nobody declared',
      },
    ];
    for (const drift of rounds) {
      for (const statement of Object.keys(drift)) await admin(statement);
      const { output, code } = await runJob(manifests, server.port, { COMPARE: 'all' });
      expect(output.split('\n')).toEqual(expect.arrayContaining(Object.values(drift)));
      expect(code).toBe(0);
      expect((await runJob(manifests, server.port, { COMPARE: 'all' })).output).toMatch(
        /^([ab]-service: well after \d+ ms\n){2}2 services: 2 well, 0 not\n$/,
      );
    }
  });

  test('a password that was changed in its Secret reaches the server', async () => {
    const change = (rendered: Manifest[]): Manifest[] =>
      withSecretText(rendered, 'a-service-reporting-db-secret', 'password', 'a new "one"');
    expect((await provision(VALUES, change)).output).toMatch(
      /^a-service: set the password of adb_reporting\na-service: well after \d+ ms\n/,
    );
    expect(await asReader('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('a Secret that is missing is named, and the owner goes on', async () => {
    const without = manifests.filter(({ metadata }) => metadata.name !== 'a-service-reporting-db-secret');
    const { code, output } = await runJob(without, server.port);
    expect(output).toContain(
      "a-service: the Secret of its role reporting is missing or has no usable key 'password' (one line, not empty)\n",
    );
    expect(output).toContain('2 services: 1 well, 1 not\n');
    expect(code).toBe(1);
    expect(await asOwner('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await runJob(manifests, server.port)).code).toBe(0);
  });

  test('other access is another set of privileges', async () => {
    await provision(VALUES.replace('reporting: {}', 'reporting: { access: readwrite }').replace('access: readwrite, ', ''));
    await asReader('INSERT INTO app.u VALUES (1)');
    await expect(asWriter('INSERT INTO app.u VALUES (1)')).rejects.toThrow('permission denied for table u');
    await asOwner('CREATE TABLE IF NOT EXISTS later3 (i int)');
    await asReader('INSERT INTO later3 VALUES (1)');
    await expect(asWriter('INSERT INTO later3 VALUES (1)')).rejects.toThrow('permission denied for table later3');
    expect((await provision(VALUES)).code).toBe(0);
  });

  test('a role that is removed is locked, loses the key, and comes back', async () => {
    const before = manifests;
    const { output, code } = await provision(VALUES.replace('      reporting: {}\n', ''));
    expect(output).toContain(
      'server: ALTER ROLE adb_reporting NOLOGIN  -- retained: no service declares the login role of database adb any more\n',
    );
    expect(output).toContain(
      'a-service: REVOKE adb FROM adb_reporting GRANTED BY postgres CASCADE  -- a membership that nobody declared\n',
    );
    expect(output).toContain('retained: login role adb_reporting (locked); no service declares it\n');
    expect(code).toBe(0);
    expect(manifests.some(({ metadata }) => metadata.name === 'a-service-reporting-db-secret')).toBe(false);
    manifests = before;
    await expect(asReader('SELECT 1')).rejects.toThrow(/not permitted to log in|pg_hba.conf rejects/);
    expect((await provision(VALUES)).code).toBe(0);
    expect(await asReader('SELECT count(*)::int FROM later3')).toEqual([{ count: 1 }]);
  });

  test('another owner keeps the roles in their rights', async () => {
    manifests = manifests.filter(({ metadata }) => metadata.name !== 'a-service-db-secret');
    expect((await provision(VALUES.replace('a-service:\n', 'a-service:\n    user: second_owner\n'))).code).toBe(0);
    await asOwner('CREATE TABLE IF NOT EXISTS later4 (i int)');
    expect(await asReader('SELECT (SELECT count(*)::int FROM later4) AS a, (SELECT count(*)::int FROM t) AS b')).toEqual([
      { a: 0, b: 1 },
    ]);
  });
});
