import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { generate, type Generated } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import { readPlan } from '../../generator/server/plan.ts';
import { deploy, type Deployment } from '../tools/deployment.ts';
import { runJob } from '../tools/job.ts';
import { ADMIN_SECRET, dataOf, keepSecrets, pick } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import type { Result } from '../tools/run.ts';
import { startServer, type Server } from '../tools/server.ts';
import { project } from '../tools/project.ts';

/*
 * Drift: what somebody changed on the server although nobody changed the values. The Job mends it or reports it, in one
 * sentence with the statement; the plan says the same before.
 */
const VALUES = 'services:\n  a-service: { extensions: [citext], roles: { reporting: {} } }\n  b-service: {}\n';
/** The version of citext that each major has. */
const CITEXT = { 15: '1.6', 18: '1.8' };
const WELL = '2 services: 2 well, 0 not\n';

describe.each(POSTGRES_MAJORS)('drift on PostgreSQL %i', (major) => {
  let deployment: Deployment;
  let generated: Generated;
  let server: Server;

  beforeAll(async () => {
    deployment = await deploy({
      values: VALUES,
      files: { 'schema/databases/a-service/001_a.sql': 'CREATE TABLE t (i int);\n' },
      args: ['--set-string', `postgresql.version=${major}`],
    });
    generated = await generate(readInput({ values: join(deployment.chart, '../values.yaml') }, project));
    server = await startServer(inject('postgres')[major], deployment.manifests);
    expect((await job()).output).toContain(WELL);
  });
  afterAll(() => server.end());

  const job = (environment?: Record<string, string>): Promise<Result> => runJob(deployment.manifests, server.port, environment);
  const admin = (sql: string, database?: string): Promise<unknown> => server.asAdmin((client) => client.query(sql), database);
  /** What the command plan prints with --json --compare all; test/postgres/plan.test.ts runs the command itself. */
  const plan = async (): Promise<unknown> => {
    const { password } = dataOf(pick(deployment.manifests, 'Secret', ADMIN_SECRET));
    const connection = { host: '127.0.0.1', port: server.port, user: 'postgres', password };
    return readPlan({ connection, generated, compare: 'all' });
  };

  test('in the shared catalogs is mended by every run, and each mend has its reason', async () => {
    // What is changed at once is mended at once, but for what one and the same statement would mend.
    const rounds: readonly Readonly<Record<string, string>>[] = [
      {
        'ALTER ROLE adb_user SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS':
          'a-service: ALTER ROLE adb_user NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS  -- attributes of the role differ',
        'ALTER ROLE adb LOGIN': 'a-service: ALTER ROLE adb NOLOGIN  -- attributes of the role differ',
        'GRANT adb TO bdb_user':
          'a-service: REVOKE adb FROM bdb_user GRANTED BY postgres CASCADE  -- a membership that nobody declared',
        'GRANT adb TO adb_user WITH ADMIN OPTION':
          'a-service: REVOKE ADMIN OPTION FOR adb FROM adb_user GRANTED BY postgres CASCADE  -- the login role could let others in',
        'GRANT pg_read_all_data TO bdb_user':
          'b-service: REVOKE pg_read_all_data FROM bdb_user GRANTED BY postgres CASCADE  -- a membership that nobody declared',
        'GRANT CONNECT, TEMPORARY ON DATABASE adb TO PUBLIC':
          'a-service: REVOKE CONNECT, TEMPORARY ON DATABASE adb FROM PUBLIC CASCADE  -- privileges that nobody declared',
        'GRANT CONNECT ON DATABASE postgres TO adb_user':
          'server: REVOKE CONNECT ON DATABASE postgres FROM adb_user CASCADE  -- privileges that nobody declared',
        'REVOKE CREATE ON DATABASE adb FROM adb_user':
          'a-service: GRANT CREATE ON DATABASE adb TO adb_user  -- privileges are missing',
        'ALTER ROLE adb_user SET temp_file_limit = -1': `a-service: ALTER ROLE adb_user SET temp_file_limit = '1GB'  -- a limit of the login role differs`,
        'ALTER ROLE adb_user RESET lock_timeout': `a-service: ALTER ROLE adb_user SET lock_timeout = '30s'  -- a limit of the login role differs`,
        'ALTER ROLE adb_user SET work_mem = 64':
          'a-service: ALTER ROLE adb_user RESET work_mem  -- nobody declared this setting of the login role',
        'ALTER ROLE adb_user IN DATABASE adb SET statement_timeout = 0':
          'a-service: ALTER ROLE adb_user IN DATABASE adb RESET statement_timeout  -- a setting for one database hides the one that is declared',
        'ALTER DATABASE adb SET search_path = evil':
          "a-service: ALTER DATABASE adb RESET ALL  -- a setting of the database reaches everybody's sessions, the admin's as well",
        'ALTER DATABASE adb CONNECTION LIMIT 0':
          'a-service: ALTER DATABASE adb ALLOW_CONNECTIONS true CONNECTION LIMIT -1 IS_TEMPLATE false  -- attributes of the database differ',
        'GRANT CONNECT ON DATABASE adb TO pg_monitor':
          'a-service: REVOKE CONNECT ON DATABASE adb FROM pg_monitor CASCADE  -- privileges that nobody declared',
        'ALTER ROLE adb_reporting CREATEROLE':
          'a-service: ALTER ROLE adb_reporting NOCREATEROLE  -- attributes of the role differ',
      },
      {
        'ALTER ROLE adb_user CONNECTION LIMIT -1':
          'a-service: ALTER ROLE adb_user CONNECTION LIMIT 20  -- attributes of the role differ',
        'GRANT adb_user TO bdb_user':
          'a-service: REVOKE adb_user FROM bdb_user GRANTED BY postgres CASCADE  -- a membership that nobody declared',
        'REVOKE adb FROM adb_user': 'a-service: GRANT adb TO adb_user  -- the login role cannot open its database',
        'GRANT CREATE ON DATABASE adb TO adb_user WITH GRANT OPTION':
          'a-service: REVOKE GRANT OPTION FOR CREATE ON DATABASE adb FROM adb_user CASCADE  -- privileges that nobody declared',
        'ALTER DATABASE adb IS_TEMPLATE true':
          'a-service: ALTER DATABASE adb ALLOW_CONNECTIONS true CONNECTION LIMIT -1 IS_TEMPLATE false  -- attributes of the database differ',
      },
      {
        'ALTER DATABASE adb OWNER TO adb_user':
          'a-service: ALTER DATABASE adb OWNER TO postgres  -- the admin must own the database',
      },
    ];
    for (const drift of rounds) {
      for (const statement of Object.keys(drift)) await admin(statement);
      const { output, code } = await job();
      expect(output.split('\n')).toEqual(expect.arrayContaining(Object.values(drift)));
      expect(code).toBe(0);
      expect((await job()).output).toBe(WELL);
    }
  });

  test('who came in by what is mended, or is another by it, is sent away', async () => {
    const hold = async (service: string, sql: string): Promise<pg.Client> => {
      const { user, password } = dataOf(pick(deployment.manifests, 'Secret', `${service}-db-secret`));
      const client = new pg.Client({ host: '127.0.0.1', port: server.port, user, password, database: 'adb' });
      client.on('error', () => undefined);
      await client.connect();
      await client.query(sql);
      return client;
    };
    await admin('GRANT adb_user TO bdb_user; GRANT adb_user TO adb_reporting');
    const others = await Promise.all(['b-service', 'a-service-reporting'].map((service) => hold(service, 'SET ROLE adb_user')));
    const own = await hold('a-service', 'SELECT');
    const { code, output } = await job();
    expect(code, output).toBe(0);
    expect(output).toContain(
      "a-service: SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'bdb_user' AND datname = 'adb'  -- nobody declared that this login may be in the database, or be another there\n",
    );
    for (const session of others) await expect(session.query('INSERT INTO t VALUES (1)')).rejects.toThrow();
    await own.query('SELECT');
    await own.end();
    // However it came in, with the membership gone already.
    await admin('GRANT adb TO bdb_user');
    const late = await hold('b-service', 'SELECT');
    await admin('REVOKE adb FROM bdb_user');
    expect((await job()).code).toBe(0);
    await expect(late.query('SELECT')).rejects.toThrow();
    expect((await job()).output).toBe(WELL);
  });

  test('inside a database is mended when all databases are compared, and the plan says so before', async () => {
    const drift = {
      'ALTER SCHEMA public OWNER TO postgres': ['ALTER SCHEMA public OWNER TO adb_user', 'the login role must own schema public'],
      'GRANT CREATE ON SCHEMA public TO PUBLIC': [
        'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
        'schema public is open to PUBLIC',
      ],
      'GRANT DELETE ON shared_postgresql.schema_file TO adb_user': [
        'REVOKE DELETE ON TABLE shared_postgresql.schema_file FROM adb_user CASCADE',
        'privileges on the ledger that nobody declared',
      ],
      'GRANT CREATE ON SCHEMA shared_postgresql TO PUBLIC': [
        'REVOKE CREATE ON SCHEMA shared_postgresql FROM PUBLIC CASCADE',
        'privileges on the ledger that nobody declared',
      ],
      'REVOKE INSERT ON shared_postgresql.schema_file FROM adb_user': [
        'GRANT SELECT, INSERT ON shared_postgresql.schema_file TO adb_user',
        'the login role cannot use the ledger',
      ],
    };
    const mends = Object.values(drift).map(([statement, reason]) => ({ service: 'a-service', statement, reason }));
    for (const statement of Object.keys(drift)) await admin(statement, 'adb');
    expect((await job()).output).toBe(WELL);
    expect(await plan()).toEqual(expect.arrayContaining(mends));
    const { output } = await job({ COMPARE: 'all' });
    for (const { statement, reason } of mends) expect(output.split('\n')).toContain(`a-service: ${statement}  -- ${reason}`);
    expect(output).toContain(WELL);
    expect(await plan()).toEqual([]);
  });

  test.each([
    ['ALTER TABLE shared_postgresql.schema_file OWNER TO adb_user', 'table shared_postgresql.schema_file of adb_user'],
    ['ALTER SCHEMA shared_postgresql OWNER TO adb_user', 'schema shared_postgresql of adb_user'],
    [
      'CREATE VIEW shared_postgresql."100% s" AS SELECT 1; ALTER VIEW shared_postgresql."100% s" OWNER TO adb_user',
      'view shared_postgresql."100% s" of adb_user',
    ],
    [
      'CREATE RULE r AS ON INSERT TO shared_postgresql.schema_file DO NOTHING',
      'another kind of relation shared_postgresql.schema_file',
    ],
    [
      'ALTER TABLE shared_postgresql.schema_file ENABLE ROW LEVEL SECURITY',
      'another kind of relation shared_postgresql.schema_file',
    ],
    [
      'ALTER TABLE shared_postgresql.schema_file ADD CHECK (length(name) > 0)',
      'another kind of relation shared_postgresql.schema_file',
    ],
  ])('the admin takes nothing over: %s', async (statement, what) => {
    await admin(statement, 'adb');
    const { output, code } = await job({ COMPARE: 'all' });
    expect(output).toContain("a-service: ERROR:  in the admin's place is ");
    expect(output).toContain(what);
    expect(code).toBe(1);
    for (const mend of [
      'ALTER SCHEMA shared_postgresql OWNER TO postgres',
      'ALTER TABLE shared_postgresql.schema_file OWNER TO postgres',
      'ALTER TABLE shared_postgresql.schema_file DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE shared_postgresql.schema_file DROP CONSTRAINT IF EXISTS schema_file_name_check',
      'DROP RULE IF EXISTS r ON shared_postgresql.schema_file',
      'DROP VIEW IF EXISTS shared_postgresql."100% s"',
    ])
      await admin(mend, 'adb');
  });

  test('and all is well when none of it is there any more', async () => {
    expect((await job({ COMPARE: 'all' })).output).toContain(WELL);
  });

  test('a missing extension is made again', async () => {
    await admin('DROP EXTENSION citext', 'adb');
    expect(await plan()).toEqual([
      { service: 'a-service', statement: 'CREATE EXTENSION citext SCHEMA public', reason: 'the extension is missing' },
    ]);
    expect((await job({ COMPARE: 'all' })).code).toBe(0);
    expect(await plan()).toEqual([]);
  });

  test('an edited schema file is reported by the plan and refused by the run', async () => {
    await admin("UPDATE shared_postgresql.schema_file SET checksum = 'other'", 'adb');
    expect(await plan()).toEqual([
      {
        service: 'a-service',
        statement: 'apply 001_a.sql as adb_user',
        reason: 'the schema file was edited after it was applied, which will be refused',
      },
    ]);
    expect((await job({ COMPARE: 'all' })).output).toContain('schema file 001_a.sql was edited after it was applied');
    await admin('DELETE FROM shared_postgresql.schema_file; DROP TABLE t', 'adb');
    expect((await job({ COMPARE: 'all' })).code).toBe(0);
  });

  test('that nobody declared is reported, never mended, and what the report says mends it', async () => {
    const changes = [
      {
        change: 'CREATE DATABASE stray',
        database: 'postgres',
        report: {
          service: 'server',
          statement: '-- database stray',
          reason:
            'nobody declared this database, and it stays as it is; PUBLIC may connect to it, and only pg_hba.conf keeps services out; postgresql.undeclared: close shuts it',
        },
        mend: 'DROP DATABASE stray',
      },
      {
        change: 'CREATE ROLE stray',
        database: 'postgres',
        report: { service: 'server', statement: '-- role stray', reason: 'nobody declared this role, and it stays as it is' },
        mend: 'DROP ROLE stray',
      },
      {
        change: 'CREATE ROLE raised LOGIN SUPERUSER',
        database: 'postgres',
        report: {
          service: 'server',
          statement: '-- role raised',
          reason: 'nobody declared this role, and it stays as it is; it is a superuser',
        },
        mend: 'DROP ROLE raised',
      },
      {
        change: `ALTER ROLE adb_user SET timezone = 'UTC'`,
        database: 'postgres',
        report: {
          service: 'a-service',
          statement: 'ALTER ROLE adb_user RESET "TimeZone"',
          reason: 'a setting of the role that nobody declared: UTC',
        },
      },
      {
        change: 'ALTER ROLE ALL SET work_mem = 64',
        database: 'postgres',
        report: {
          service: 'server',
          statement: 'ALTER ROLE ALL RESET work_mem',
          reason: 'a setting of all roles that nobody declared: 64',
        },
      },
      {
        change: 'CREATE EXTENSION pg_trgm',
        database: 'adb',
        report: {
          service: 'a-service',
          statement: 'DROP EXTENSION pg_trgm',
          reason: 'nobody declared this extension, and postgres owns it',
        },
      },
      {
        change: `UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'citext'`,
        database: 'adb',
        report: {
          service: 'a-service',
          statement: 'ALTER EXTENSION citext UPDATE',
          reason: `the extension is of version 0.9, and the server has ${CITEXT[major]}`,
        },
        mend: `UPDATE pg_extension SET extversion = '${CITEXT[major]}' WHERE extname = 'citext'`,
      },
      {
        change: 'CREATE TABLE public.mine ()',
        database: 'adb',
        report: {
          service: 'a-service',
          statement: 'ALTER TABLE public.mine OWNER TO adb_user',
          reason: 'postgres owns it in this database',
        },
      },
      {
        change: 'CREATE FUNCTION public.ours() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$',
        database: 'adb',
        report: {
          service: 'a-service',
          statement: 'ALTER ROUTINE public.ours() OWNER TO adb_user',
          reason: "postgres owns it in this database, and it runs with that role's rights",
        },
      },
      {
        change: 'GRANT SELECT ON t TO bdb_user',
        database: 'adb',
        report: {
          service: 'a-service',
          statement: 'REVOKE ALL ON TABLE public.t FROM bdb_user',
          reason: 'bdb_user, which no role of the service is, has privileges on 1 of its tables',
        },
      },
    ];
    const found = changes.map(({ report }) => ({ ...report, reported: true }));
    const expectFound = async (): Promise<void> => {
      const rows = await plan();
      expect(rows).toEqual(expect.arrayContaining(found));
      expect(rows).toHaveLength(found.length);
    };
    for (const { change, database } of changes) await admin(change, database);
    await expectFound();
    const { output, code } = await job({ COMPARE: 'all' });
    for (const { database, report } of changes)
      expect(output).toContain(
        `reported: ${database === 'postgres' ? `${report.service}: ` : ''}${report.statement}  -- ${report.reason}\n`,
      );
    expect(code).toBe(0);
    await expectFound();
    for (const { report, database, mend = report.statement } of changes) await admin(mend, database);
    expect((await job({ COMPARE: 'all' })).output).not.toContain('reported: ');
    expect(await plan()).toEqual([]);
  });

  test('is no extension that the service made itself, as tools that migrate do', async () => {
    await admin('SET SESSION AUTHORIZATION adb_user; CREATE EXTENSION hstore', 'adb');
    expect(await plan()).toEqual([]);
    await admin('DROP EXTENSION hstore', 'adb');
  });

  test('of the library that orders texts is reported, with what mends it', async () => {
    const rename = (collate: string, version: string): Promise<unknown> =>
      admin(`UPDATE pg_database SET datcollate = ${collate}, datcollversion = ${version} WHERE datname = 'bdb'`);
    // Nobody connects to it meanwhile: this machine may not have the locale.
    await rename(`'en_US.utf8'`, `'1.0'`);
    const { output, code } = await job();
    await rename(`(SELECT datcollate FROM pg_database WHERE datname = 'adb')`, 'NULL');
    expect(output).toMatch(
      /^reported: b-service: REINDEX DATABASE bdb; ALTER DATABASE bdb REFRESH COLLATION VERSION {2}-- its indexes were made when the version of its collation was 1\.0, and now it is \S+: queries may miss rows until they are made anew$/m,
    );
    expect(code).toBe(0);
  });

  test('that nobody declared is closed where the values say so, and keeps what it holds', async () => {
    const closing = await deploy({
      values: `postgresql: { undeclared: close }\n${VALUES}`,
      files: { 'schema/databases/a-service/001_a.sql': 'CREATE TABLE t (i int);\n' },
      args: ['--set-string', `postgresql.version=${major}`],
    });
    const manifests = keepSecrets(closing.manifests, deployment.manifests);
    await admin(`CREATE ROLE someone LOGIN PASSWORD 'x'`);
    await admin('CREATE DATABASE theirs OWNER someone');
    await admin(`GRANT CONNECT ON DATABASE theirs TO someone`);
    const { output, code } = await runJob(manifests, server.port);
    expect(output).toContain(
      'server: REVOKE CONNECT, TEMPORARY ON DATABASE theirs FROM PUBLIC  -- nobody declared this database, and values.yaml closes what nobody declared\n' +
        'server: ALTER ROLE someone NOLOGIN  -- nobody declared this role, and values.yaml closes what nobody declared\n',
    );
    expect(output).toContain('reported: server: -- database theirs  -- nobody declared this database, and it stays as it is\n');
    expect(code).toBe(0);
    const { rows } = await server.asAdmin((client) =>
      client.query(`SELECT pg_get_userbyid(datdba) AS owner, has_database_privilege('bdb_user', oid, 'CONNECT') AS open,
        has_database_privilege('someone', oid, 'CONNECT') AS own FROM pg_database WHERE datname = 'theirs'`),
    );
    expect(rows).toEqual([{ owner: 'someone', open: false, own: true }]);
    expect((await runJob(manifests, server.port)).output).not.toContain('server: REVOKE');
    await admin('DROP DATABASE theirs');
    await admin('DROP ROLE someone');
  });

  test('whoever has the name that the deployment itself wants is not shut out by that', async () => {
    const closing = await deploy({
      values: `postgresql: { undeclared: close }\nbackup: { schedule: '@daily', pointInTime: { enabled: true } }\n${VALUES}`,
      files: { 'schema/databases/a-service/001_a.sql': 'CREATE TABLE t (i int);\n' },
      args: ['--set-string', `postgresql.version=${major}`],
    });
    await admin('CREATE ROLE shared_postgresql_archive LOGIN REPLICATION');
    const { output } = await runJob(keepSecrets(closing.manifests, deployment.manifests), server.port);
    await admin('DROP ROLE shared_postgresql_archive');
    expect(output).toContain('role shared_postgresql_archive exists, and provisioning did not make it');
    expect(output).not.toContain('NOLOGIN');
  });

  test('what a service gave to a login of the deployment does not keep it', async () => {
    const archived = await deploy({
      values: `backup: { schedule: '@daily', pointInTime: { enabled: true } }\n${VALUES}`,
      files: { 'schema/databases/a-service/001_a.sql': 'CREATE TABLE t (i int);\n' },
      args: ['--set-string', `postgresql.version=${major}`],
    });
    const manifests = keepSecrets(archived.manifests, deployment.manifests);
    expect((await runJob(manifests, server.port)).code).toBe(0);
    await server.asAdmin((client) => client.query('SET ROLE adb_user; GRANT SELECT ON t TO shared_postgresql_archive'), 'adb');
    const { output, code } = await runJob(deployment.manifests, server.port);
    expect(output).toContain('the deployment has no use for this login any more');
    expect(code, output).toBe(0);
    const { rows } = await server.asAdmin((client) =>
      client.query<{ rolname: string }>(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'shared_postgresql_archive%' AND NOT rolcanlogin AND NOT rolreplication",
      ),
    );
    const left = rows.map(({ rolname }) => rolname).join();
    expect(left).toMatch(/^shared_postgresql_archive_\d+$/);
    expect((await runJob(manifests, server.port)).code).toBe(0);
    expect((await runJob(deployment.manifests, server.port)).code).toBe(0);
    await server.asAdmin((client) => client.query(`DROP OWNED BY "${left}"; DROP ROLE "${left}"`), 'adb');
  });

  test('that nobody declared is said to be open to services where pg_hba.conf lets them in', async () => {
    await admin('CREATE DATABASE open');
    const file = join(server.data, '../../pg_hba.conf');
    const lines = readFileSync(file, 'utf8');
    writeFileSync(file, `host all all all scram-sha-256\n${lines}`);
    const rows = await plan();
    writeFileSync(file, lines);
    await admin('DROP DATABASE open');
    expect(rows).toEqual([
      expect.objectContaining({
        statement: '-- database open',
        reason:
          'nobody declared this database, and it stays as it is; services may open it: PUBLIC may connect to it, and pg_hba.conf lets them in; postgresql.undeclared: close shuts it',
      }),
    ]);
  });
});
