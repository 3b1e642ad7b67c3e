/** @module-tag quarter */
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
    await expect(session.query('SELECT 1')).rejects.toThrow(/connection/);
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

const MIGRATING = (login: string): { values: string } => ({
  values: `platformLogins:
  tool: ${login}
${SERVICES.replace('a-service: {}', 'a-service: { roles: { reporting: {} } }')}  c-service: {}
`,
});
const WITH_MIGRATOR = MIGRATING('{ access: migrator, services: [a-service, b-service], connectionLimit: 3 }');
const WELL = '3 services: 3 well, 0 not\n';

/** A trigger of a-service that tries each statement as whoever comes, and writes down what came of it. */
const PLANTED = `CREATE TABLE said (sql text, answer text);
CREATE FUNCTION try(VARIADIC sqls text[]) RETURNS void LANGUAGE plpgsql AS $$ DECLARE sql text; BEGIN
  FOREACH sql IN ARRAY sqls LOOP
    BEGIN EXECUTE sql; SET ROLE adb_user; INSERT INTO public.said VALUES (sql, 'done');
    EXCEPTION WHEN OTHERS THEN INSERT INTO public.said VALUES (sql, SQLERRM); END;
  END LOOP; END $$;
CREATE FUNCTION plant() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM public.try('SET ROLE bdb_user', 'SET ROLE bdb_tool', 'SET ROLE bdb', 'SET ROLE cdb_user', 'SET ROLE postgres', 'SET ROLE NONE; SET ROLE bdb_user',
    'SET SESSION AUTHORIZATION bdb_tool', 'GRANT adb_tool TO cdb_user', 'GRANT adb_user TO cdb_user', 'ALTER ROLE bdb_tool PASSWORD ''known''',
    'SET ROLE NONE; ALTER ROLE bdb_tool PASSWORD ''known''', 'SET ROLE NONE; ALTER ROLE adb_tool CONNECTION LIMIT 9', 'SET ROLE NONE; ALTER ROLE adb_tool CREATEROLE',
    'ALTER ROLE bdb_tool SET role = ''adb_user''', 'SET ROLE NONE; CREATE ROLE mine', 'SET ROLE NONE; SELECT pg_read_file(''PG_VERSION'')', 'SET ROLE NONE; SELECT FROM pg_authid',
    'SET ROLE NONE; ALTER ROLE CURRENT_USER PASSWORD ''known''');
  RETURN NEW; END $$;
CREATE TABLE t (i int); CREATE TRIGGER planted BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION plant()`;

describe.each([18, 15] as const)('a migrator of several services on PostgreSQL %i', { concurrent: true }, (major) => {
  const [ofA, ofB] = ['a-service-tool-db-secret', 'b-service-tool-db-secret'] as const;
  const ownersOf = (...tables: string[]): string =>
    `SELECT array_agg(DISTINCT tableowner::text) AS owners FROM pg_tables WHERE tablename IN ('${tables.join("', '")}')`;

  test('what it makes belongs to the service, whose roles have their part of it, and none of it is drift', async (context) => {
    const lab = endWith(context, await startProvisionedLab(major, WITH_MIGRATOR));
    const whose = 'SELECT session_user::text AS came, current_user::text AS is';
    expect(await lab.as(ofA, whose)).toEqual([{ came: 'adb_tool', is: 'adb_user' }]);
    await lab.as('a-service-db-secret', 'CREATE TABLE own (i int)');
    await lab.as(
      ofA,
      'CREATE SCHEMA app; CREATE TABLE app.made (i int); INSERT INTO app.made VALUES (1); ALTER TABLE own ADD j int',
    );
    await lab.as(ofA, 'CREATE INDEX CONCURRENTLY made_i ON app.made (i)');
    await lab.as(ofA, 'RESET ROLE; CREATE TABLE later (i int)');
    const read = 'SELECT (SELECT i FROM app.made), (SELECT count(j)::int FROM own)';
    expect(await lab.as('a-service-reporting-db-secret', read)).toEqual([{ i: 1, count: 0 }]);
    await lab.as('a-service-db-secret', 'DROP TABLE app.made');
    // What the service gives to everybody is its own affair where nobody has less than that.
    await lab.as('b-service-db-secret', 'CREATE TABLE t (i int); GRANT SELECT ON t TO PUBLIC');
    const verified = await lab.command('verify');
    expect(verified.code, verified.output).toBe(0);
    expect((await lab.helmTest()).code).toBe(0);
    // What it makes when it lays the service's rights down is taken over, and the service gets at it.
    await lab.as(ofA, 'SET ROLE NONE; CREATE TABLE strayed ()');
    expect(await lab.admin(ownersOf('strayed'), 'adb')).toEqual([{ owners: ['adb_tool'] }]);
    expect((await lab.job({ COMPARE: 'all' })).output).toContain(
      'REASSIGN OWNED BY adb_tool TO adb_user  -- what a migrator made belongs to the service\n',
    );
    expect(await lab.admin(ownersOf('strayed', 'later', 'own'), 'adb')).toEqual([{ owners: ['adb_user'] }]);
    const all = await Promise.all([lab.hold(ofA), lab.hold(ofA), lab.hold(ofA)]);
    await expect(lab.as(ofA, '')).rejects.toThrow('too many connections for role "adb_tool"');
    await Promise.all(all.map((client) => client.end()));
  });

  test('what a service plants in its way has the rights of that service, and reaches no other', async (context) => {
    const lab = endWith(context, await startProvisionedLab(major, WITH_MIGRATOR));
    await lab.as('a-service-db-secret', PLANTED);
    await lab.as(ofA, 'INSERT INTO t VALUES (1)');
    const said = await lab.admin<{ sql: string; answer: string }>('SELECT sql, answer FROM said', 'adb');
    expect(said).toHaveLength(18);
    // All that it can is what the service can already: come in by the login, to its own database.
    const last = said.pop();
    expect(last).toEqual({ sql: "SET ROLE NONE; ALTER ROLE CURRENT_USER PASSWORD 'known'", answer: 'done' });
    for (const { sql, answer } of said) expect(answer, sql).toMatch(/permission denied|must (be|have)/);
    expect(await lab.as(ofA, 'SELECT current_user::text AS is', { password: 'known' })).toEqual([{ is: 'adb_user' }]);
    for (const database of ['bdb', 'cdb', 'postgres', 'template1'])
      await expect(lab.as(ofA, '', { password: 'known', database }), database).rejects.toThrow(
        /pg_hba.conf rejects|permission denied for database/,
      );
    await expect(lab.as(ofB, '', { password: 'known' })).rejects.toThrow('password authentication failed');
    expect((await lab.job()).output).toContain('a-service: set the password of adb_tool\n');
    await expect(lab.as(ofA, '', { password: 'known' })).rejects.toThrow('password authentication failed');
    expect((await lab.job()).output).toBe(WELL);
  });

  test('drift is mended, a rotation gives it a second login, and what is taken out is locked', async (context) => {
    const lab = endWith(context, await startProvisionedLab(major, WITH_MIGRATOR));
    await lab.admin('REVOKE adb_user FROM adb_tool; GRANT bdb_user, adb TO adb_tool; ALTER ROLE adb_tool RESET role');
    await lab.admin(`ALTER ROLE adb_tool IN DATABASE adb SET role = 'bdb_user'`);
    const mended = await lab.job();
    for (const statement of [
      'REVOKE bdb_user FROM adb_tool',
      'REVOKE adb FROM adb_tool',
      `ALTER ROLE adb_tool SET role = 'adb_user'`,
      'ALTER ROLE adb_tool IN DATABASE adb RESET role',
      'GRANT adb_user TO adb_tool  -- the login role cannot open its database',
    ])
      expect(mended.output).toContain(statement);
    expect(mended.code).toBe(0);
    expect((await lab.job()).output).toBe(WELL);
    await lab.change(MIGRATING('{ access: migrator, services: [a-service], rotation: 1 }'));
    const rotated = (await lab.job()).output;
    expect(rotated).toContain('REVOKE bdb_user FROM bdb_tool');
    expect(rotated).toContain('retained: login role bdb_tool (locked); no service declares it\n');
    expect(await lab.as(ofA, 'CREATE TABLE of_second (); SELECT session_user::text AS came')).toEqual([{ came: 'adb_tool_2' }]);
    expect(await lab.admin(ownersOf('of_second'), 'adb')).toEqual([{ owners: ['adb_user'] }]);
    await lab.as(ofA, 'SET ROLE NONE; CREATE TABLE strayed ()');
    expect((await lab.job({ COMPARE: 'all' })).output).toContain('REASSIGN OWNED BY adb_tool_2 TO adb_user');
    await lab.change(MIGRATING('{ access: readonly, services: [a-service], rotation: 2 }'));
    expect((await lab.job()).code).toBe(0);
    const reads = 'SELECT current_user::text AS is, count(*)::int FROM of_second';
    expect(await lab.as(ofA, reads)).toEqual([{ is: 'adb_tool', count: 0 }]);
    for (const sql of ['SET ROLE adb_user', 'INSERT INTO of_second DEFAULT VALUES', 'CREATE TABLE x ()'])
      await expect(lab.as(ofA, sql), sql).rejects.toThrow('permission denied');
    await lab.change(MIGRATING('{ access: migrator, services: [a-service], rotation: 2 }'));
    expect((await lab.job()).code).toBe(0);
    expect(await lab.as(ofA, 'SELECT current_user::text AS is')).toEqual([{ is: 'adb_user' }]);
    expect((await lab.command('verify')).code).toBe(0);
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
