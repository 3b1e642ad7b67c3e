import { describe, expect, test } from 'vitest';
import { endWith, startProvisionedLab } from '../tools/lab.ts';
import { runOk } from '../tools/run.ts';

/* What logins of the platform can do, and what they cannot. */

const SERVICES = `services:
  a-service: {}
  b-service: {}
`;
const FILES = { 'schema/databases/a-service/001_a.sql': 'CREATE TABLE t (i int);\nINSERT INTO t VALUES (1);\n' };
const WITH = (logins: string): { values: string; files: typeof FILES } => ({
  values: `platformLogins:\n${logins}${SERVICES}`,
  files: FILES,
});
const MONITORING = '  monitoring: { connectionLimit: 2 }\n';
const SECRET = 'shared-postgresql-monitoring-login';

describe.each([18, 15] as const)('monitoring on PostgreSQL %i', { concurrent: true }, (major) => {
  test('it reads the statistics of the server in the admin database, and nothing else', async (context) => {
    const lab = endWith(context, await startProvisionedLab(major, WITH(MONITORING)));
    expect((await lab.job()).output).toBe('2 services: 2 well, 0 not\n');
    await using held = { client: await lab.hold('a-service-db-secret'), [Symbol.asyncDispose]: () => held.client.end() };
    await held.client.query('SELECT i FROM t');
    expect(await lab.as(SECRET, `SELECT session_user::text AS who, query FROM pg_stat_activity WHERE datname = 'adb'`)).toEqual([
      { who: 'platform_monitoring', query: 'SELECT i FROM t' },
    ]);
    expect(await lab.as(SECRET, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '1min' }]);
    for (const database of ['adb', 'bdb', 'template1'])
      await expect(lab.as(SECRET, '', { database }), database).rejects.toThrow(
        /pg_hba.conf rejects|permission denied for database/,
      );
    for (const sql of [
      'SELECT * FROM shared_postgresql.login',
      'CREATE TABLE public.x ()',
      'CREATE TEMP TABLE x ()',
      'CREATE SCHEMA x',
      'CREATE ROLE x',
      'SELECT rolpassword FROM pg_authid',
      `SELECT pg_read_file('PG_VERSION')`,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'adb_user'",
      `SELECT pg_create_physical_replication_slot('x')`,
      'SET ROLE postgres',
      'ALTER SYSTEM SET work_mem = 1',
      'GRANT shared_postgresql_platform TO adb_user',
    ])
      await expect(lab.as(SECRET, sql), sql).rejects.toThrow(/permission denied|must (be|have)/);
    const replication = { database: 'postgres', replication: 'true' };
    await expect(lab.as(SECRET, 'IDENTIFY_SYSTEM', replication)).rejects.toThrow('no pg_hba.conf entry for replication');
    const both = await Promise.all([lab.hold(SECRET), lab.hold(SECRET)]);
    await expect(lab.as(SECRET, '')).rejects.toThrow('too many connections for role');
    await Promise.all(both.map((client) => client.end()));
  });

  test('drift is mended, a rotation gives another password, and what is taken out is locked', async (context) => {
    const lab = endWith(context, await startProvisionedLab(major, WITH(MONITORING)));
    const former = lab.login(SECRET);
    await lab.admin(
      'REVOKE pg_monitor FROM platform_monitoring; GRANT pg_read_all_data TO platform_monitoring; GRANT adb TO platform_monitoring',
    );
    await lab.admin('GRANT CREATE ON DATABASE postgres TO platform_monitoring; ALTER ROLE platform_monitoring REPLICATION');
    const mended = await lab.job();
    expect(mended.output).toContain('server: GRANT pg_monitor TO platform_monitoring  -- what a login of the platform needs');
    expect(mended.output).toContain('REVOKE pg_read_all_data FROM platform_monitoring');
    expect(mended.output).toContain('REVOKE adb FROM platform_monitoring');
    expect(mended.output).toContain('REVOKE CREATE ON DATABASE postgres FROM platform_monitoring');
    expect(mended.output).toContain('ALTER ROLE platform_monitoring NOREPLICATION');
    expect(mended.code).toBe(0);
    await lab.change(WITH(MONITORING.replace('}', ', rotation: 1 }')));
    expect((await lab.job()).output).toContain('+monitoring: set the password of platform_monitoring\n');
    await expect(lab.as(SECRET, '', { password: String(former.password) })).rejects.toThrow('password authentication failed');
    const session = await lab.hold(SECRET);
    await lab.change(WITH('  other: {}\n'));
    const locked = await lab.job();
    expect(locked.output).toContain(
      'server: ALTER ROLE platform_monitoring NOLOGIN  -- retained: the platform declares this login no more\n',
    );
    expect(locked.output).toContain('retained: login role platform_monitoring (locked); the platform declares it no more\n');
    expect(locked.code).toBe(0);
    await expect(session.query('SELECT 1')).rejects.toThrow('connection error');
    expect((await lab.job()).output).toBe(
      'retained: login role platform_monitoring (locked); the platform declares it no more\n2 services: 2 well, 0 not\n',
    );
    await lab.change(WITH(MONITORING.replace('}', ', rotation: 1 }')));
    expect((await lab.job()).output).toContain('server: ALTER ROLE platform_monitoring LOGIN');
    expect(await lab.as(SECRET, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await lab.helmTest()).code).toBe(0);
  });
});

const ROTATED = (rotation: number): { values: string } => ({
  values: `platformLogins: { monitoring: { rotation: ${rotation} } }
backup: { schedule: '@daily', pointInTime: { enabled: true, rotation: ${rotation} } }
${SERVICES}`,
});

describe.each([18, 15] as const)('a rotation on PostgreSQL %i', { concurrent: true }, (major) => {
  test('older values take none back of the archive or of monitoring', async (context) => {
    const lab = endWith(context, await startProvisionedLab(major, ROTATED(2)));
    const logins = 'SELECT rolname, rolcanlogin, rolpassword FROM pg_authid ORDER BY rolname';
    const before = await lab.admin(logins);
    await lab.change(ROTATED(1));
    const { code, output } = await lab.job();
    expect(await lab.admin(logins)).toEqual(before);
    expect(code, output).toBe(1);
    const answers = [output];
    for (const [command, ...rest] of [['plan'], ['verify'], ['apply', '--yes']] as const) {
      const answer = await lab.command(command, ...rest);
      expect(answer.code, answer.output).not.toBe(0);
      answers.push(answer.output);
    }
    for (const answer of answers)
      for (const [login, field] of [
        ['+archive', 'backup.pointInTime.rotation'],
        ['+monitoring', 'platformLogins.monitoring.rotation'],
      ]) {
        expect(answer).toContain(`the rotation of ${login} is 1 here and was 2 on the server: these values are older`);
        expect(answer).toContain(`${field}: 2`);
      }
    expect(await lab.admin(logins)).toEqual(before);
    await lab.change(ROTATED(3));
    expect((await lab.job()).code).toBe(0);
    expect(await lab.admin(logins)).not.toEqual(before);
  });
});

test('apply sets the password of a login of the platform as the Job does, from the Secrets that it reads', async (context) => {
  const lab = endWith(context, await startProvisionedLab(15, WITH(MONITORING)));
  const { user } = lab.login(SECRET);
  await lab.admin(`ALTER ROLE ${user ?? ''} PASSWORD 'another'`);
  await expect(lab.as(SECRET, '')).rejects.toThrow('password authentication failed');
  const { output, code } = await lab.command('apply');
  expect(output).toContain('+monitoring: set the password of platform_monitoring\n');
  expect(code).toBe(0);
  expect(await lab.as(SECRET, 'SELECT current_user::text AS me')).toEqual([{ me: 'platform_monitoring' }]);
  // Nothing is left to do, for the Job as well.
  expect((await lab.command('apply')).output).toBe('2 services: 2 well, 0 not\n');
  expect((await lab.job()).output).toBe('2 services: 2 well, 0 not\n');
});

const READER = '  reporting: { access: readonly, services: [a-service, b-service] }\n';
const WITH_READER = {
  values: `platformLogins:\n${READER}${SERVICES}  c-service: {}\n`,
  files: { ...FILES, 'schema/databases/b-service/001_b.sql': "CREATE TABLE t (i text);\nINSERT INTO t VALUES ('of b');\n" },
};

describe.each([18, 15] as const)('a reader of several services on PostgreSQL %i', { concurrent: true }, (major) => {
  test('it reads what is declared, now and later, and changes nothing; what a service plants reaches no other service', async (context) => {
    const lab = endWith(context, await startProvisionedLab(major, WITH_READER));
    const [ofA, ofB] = ['a-service-reporting-db-secret', 'b-service-reporting-db-secret'] as const;
    await lab.as('a-service-db-secret', 'CREATE SCHEMA app; CREATE TABLE app.later (i int)');
    expect(await lab.as(ofA, 'SELECT (SELECT i FROM t), (SELECT count(*)::int FROM app.later)')).toEqual([{ i: 1, count: 0 }]);
    expect(await lab.as(ofB, 'SELECT i FROM t')).toEqual([{ i: 'of b' }]);
    for (const sql of [
      'INSERT INTO t VALUES (2)',
      'TRUNCATE t',
      'CREATE TABLE x ()',
      'CREATE TEMP TABLE x ()',
      'CREATE SCHEMA x',
      'SET ROLE adb_user',
    ])
      await expect(lab.as(ofA, sql), sql).rejects.toThrow('permission denied');
    for (const database of ['bdb', 'cdb', 'postgres'])
      await expect(lab.as(ofA, '', { database }), database).rejects.toThrow(/pg_hba.conf rejects|permission denied for database/);
    // The owner of a table has what it likes run by whoever reads it: here the login gets a password that the owner knows.
    await lab.as(
      'a-service-db-secret',
      `CREATE FUNCTION take() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'ALTER ROLE CURRENT_USER PASSWORD ''known'''; RETURN true; END $$;
       CREATE VIEW trap AS SELECT i FROM t WHERE take()`,
    );
    await lab.as(ofA, 'SELECT * FROM trap');
    expect(await lab.as(ofA, 'SELECT session_user::text AS who', { password: 'known' })).toEqual([{ who: 'adb_reporting' }]);
    await expect(lab.as(ofA, '', { password: 'known', database: 'bdb' })).rejects.toThrow(
      /rejects|permission denied for database/,
    );
    await expect(lab.as(ofB, '', { password: 'known' })).rejects.toThrow('password authentication failed');
    expect((await lab.job()).output).toContain('a-service: set the password of adb_reporting\n');
    await expect(lab.as(ofA, '', { password: 'known' })).rejects.toThrow('password authentication failed');
    await lab.change({ ...WITH_READER, values: WITH_READER.values.replace(', b-service]', ']') });
    expect((await lab.job()).output).toContain('retained: login role bdb_reporting (locked); no service declares it\n');
    expect(await lab.as(ofA, 'SELECT i FROM t')).toEqual([{ i: 1 }]);
    expect((await lab.helmTest()).code).toBe(0);
  });
});

/* Why there is no access for change data capture (docs/security.md): if this fails, PostgreSQL has a way now. */
describe.each([18, 15] as const)('a login that may replicate on PostgreSQL %i', { concurrent: true }, (major) => {
  test('it receives the whole server in a session of one database, though no line of pg_hba.conf lets it replicate', async (context) => {
    const lab = endWith(context, await startProvisionedLab(major, WITH_READER));
    await lab.admin(`CREATE ROLE capture LOGIN REPLICATION PASSWORD 'known'; GRANT adb TO capture; CHECKPOINT`);
    const environment = { PGHOST: '127.0.0.1', PGPORT: String(lab.server.port), PGUSER: 'capture', PGPASSWORD: 'known' };
    const receive = (database: string): Promise<string> => {
      const script = `psql --no-psqlrc --command=BASE_BACKUP '${database}' 2>&1 | grep --text --count 'of b' || true`;
      return runOk('bash', ['-c', script], { env: { PATH: process.env['PATH'], ...environment } });
    };
    for (const refused of ['dbname=adb replication=true', 'dbname=bdb replication=database'])
      expect(Number(await receive(refused)), refused).toBe(0);
    expect(Number(await receive('dbname=adb replication=database'))).toBeGreaterThan(0);
  });
});
