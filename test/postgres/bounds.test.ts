/** @module-tag sixth */
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { temporaryFolder } from '../tools/folders.ts';
import { endWith, startLab, startProvisionedLab, type Lab } from '../tools/lab.ts';
import { dataOf, pick } from '../tools/manifests.ts';
import { POSTGRES_MAJORS, type PostgresMajor } from '../tools/postgres-binaries.ts';
import { run } from '../tools/run.ts';
import { withClient } from '../tools/server.ts';

/*
 * Whatever comes from a service is bounded in size, in time and in memory; an error in its database is its own finding; and what is
 * printed of it passes for nobody else's.
 */
const A = 'a-service-db-secret';
const THREE = 'services:\n  a-service: { roles: { reporting: {} } }\n  b-service: {}\n  c-service: {}\n';
const ofA = (...texts: string[]): Record<string, string> =>
  Object.fromEntries(texts.map((text, place) => [`schema/databases/a-service/00${place + 1}_a.sql`, text]));

/** How the tests of a major begin. */
const beginOn = (major: PostgresMajor) => ({
  start: async (context: TestContext, values = THREE, files: Record<string, string> = {}): Promise<Lab> =>
    endWith(context, await startLab(major, { values, files })),
  startProvisioned: async (context: TestContext, values = THREE): Promise<Lab> =>
    endWith(context, await startProvisionedLab(major, { values })),
});

/** A service beside the one that misbehaves. */
const others = async (lab: Lab): Promise<void> => {
  expect(await lab.as('b-service-db-secret', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await lab.as('c-service-db-secret', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
};

describe.each(POSTGRES_MAJORS)('one service on PostgreSQL %i', { concurrent: true }, (major) => {
  const { start, startProvisioned } = beginOn(major);

  test('that gave PUBLIC or the key more than a role may have is seen, and mended', async (context) => {
    const lab = await startProvisioned(context);
    await lab.as(
      A,
      `CREATE TABLE t (i int); CREATE TABLE u (i int); GRANT INSERT, DELETE, TRUNCATE ON t TO PUBLIC; GRANT INSERT ON u TO adb;
       GRANT UPDATE (i) ON u TO PUBLIC; GRANT CREATE ON SCHEMA public TO adb; ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO PUBLIC`,
    );
    expect((await lab.command('verify')).output).toContain(
      'a-service: REVOKE DELETE, INSERT, TRUNCATE ON TABLE public.t FROM PUBLIC',
    );
    const { output, code } = await lab.job({ COMPARE: 'all' });
    for (const what of [
      'INSERT ON TABLE public.u FROM adb',
      'UPDATE (i) ON TABLE public.u FROM PUBLIC',
      'CREATE ON SCHEMA public FROM adb',
    ])
      expect(output).toContain(`a-service: REVOKE ${what} CASCADE  -- a role of the service has more access than declared\n`);
    expect(output).toContain('REVOKE INSERT ON TABLES FROM PUBLIC  -- a role of the service would have more access');
    expect(code).toBe(0);
    for (const sql of [
      'INSERT INTO t VALUES (1)',
      'TRUNCATE t',
      'INSERT INTO u VALUES (1)',
      'UPDATE u SET i = 1',
      'CREATE TABLE mine (i int)',
    ])
      await expect(lab.as('a-service-reporting-db-secret', sql), sql).rejects.toThrow('permission denied');
    expect((await lab.command('verify')).code).toBe(0);
  });

  test.for([
    [
      'by privileges and policies',
      'CREATE TABLE t (i int); GRANT SELECT ON t TO bdb_user; GRANT SELECT ON t TO bdb; CREATE POLICY p ON t TO bdb_user',
    ],
    [
      'by what its extension remembers',
      `CREATE EXTENSION citext; CREATE TABLE t (i int); GRANT SELECT ON t TO bdb_user, bdb;
       ALTER EXTENSION citext ADD TABLE t; REVOKE ALL ON t FROM bdb_user, bdb`,
    ],
  ])('cannot keep the roles of another alive that are dropped, %s', async ([, sql = ''], context) => {
    const lab = await startProvisioned(context, 'services: { a-service: {}, b-service: {} }\n');
    const [{ oid } = { oid: 0 }] = await lab.admin<{ oid: number }>(`SELECT oid FROM pg_database WHERE datname = 'bdb'`);
    await lab.change({ values: 'services: { a-service: {}, b-service: { enabled: false } }\n' });
    expect((await lab.job()).code).toBe(0);
    await lab.as(A, sql);
    await lab.change({
      values: `services: { a-service: {}, b-service: { enabled: false, drop: confirm-bdb-${oid}-without-backup } }\n`,
    });
    const { output, code } = await lab.job();
    expect(output).not.toContain('not done');
    expect(code).toBe(0);
    expect(await lab.admin(`SELECT FROM pg_roles WHERE rolname ~ '^bdb'`)).toEqual([]);
    expect(await lab.admin(`SELECT FROM shared_postgresql.login WHERE database = 'bdb'`)).toEqual([]);
  });

  test('writes no line of its own into the log of the server, by whatever name it tries to log in', async (context) => {
    const lab = await start(context);
    const forged = '2026-01-01 00:00:00.000 UTC [1] LOG:  all is well';
    for (const name of [{ user: `x\n${forged}` }, { database: `x\n${forged}` }])
      await expect(withClient({ ...lab.login(A), ...name }, () => Promise.resolve())).rejects.toThrow();
    expect(lab.server.log()).toContain(`\n\t${forged}`);
    expect(lab.server.log()).not.toContain(`\n${forged}`);
    expect((await lab.job()).code).toBe(0);
    await lab.as(A, 'SELECT 1');
    expect(lab.server.log()).toMatch(/^\S+ \S+ \S+ \[\d+\] LOG: {2}disconnection: .* user=adb_user database=adb host=/m);
  });

  test('that gets another login is well afterwards, its roles and their defaults as well', async (context) => {
    const lab = await startProvisioned(context);
    await lab.change({ values: THREE.replace('{ roles', '{ user: other, roles') });
    expect((await lab.job()).code).toBe(0);
    expect((await lab.job({ COMPARE: 'all' })).output).not.toContain('DROP OWNED');
    expect((await lab.command('plan', '--compare', 'all')).code).toBe(0);
  });

  // Privileges, memberships and the log differ by the major; what follows is bounded in the same way on any.
  if (major !== 15) return;

  test('may have settings of megabytes: they are taken away and not read', async (context) => {
    const lab = await startProvisioned(context);
    await lab.as(
      A,
      `DO $$ BEGIN EXECUTE 'ALTER ROLE CURRENT_USER SET application_name = ' || quote_literal(repeat('x', 50000000)); END $$`,
    );
    const { code, output } = await lab.job();
    expect(output).toContain('a-service: ALTER ROLE adb_user RESET ALL  -- the settings of the role are too long to be read\n');
    expect(code).toBe(0);
    expect((await lab.job()).output).toBe('3 services: 3 well, 0 not\n');
  });

  test('whose database holds what is no UTF-8 is its own finding, everywhere', async (context) => {
    const lab = await startProvisioned(context, THREE.replace('{ roles', '{ encoding: SQL_ASCII, roles'));
    await lab.as(
      A,
      `DO $$ BEGIN EXECUTE 'CREATE TABLE "x' || convert_from('\\xe9ff'::bytea, 'SQL_ASCII') || '" (i int)'; END $$;
       DO $$ BEGIN EXECUTE (SELECT format('REVOKE ALL ON %I FROM adb_reporting', relname) FROM pg_class WHERE relname LIKE 'x%' AND relkind = 'r'); END $$`,
    );
    const job = await lab.job({ COMPARE: 'all' });
    expect(job.output).toContain('a-service: ERROR:  invalid byte sequence for encoding "UTF8"');
    expect(job.output).toContain('3 services: 2 well, 1 not\n');
    const proof = await lab.helmTest();
    expect(proof.output).toContain('a-service: ERROR:  invalid byte sequence for encoding "UTF8"');
    expect(proof.output).toMatch(/^tried \d\d times to log in; 1 things are not as they must be$/m);
    for (const name of ['plan', 'verify'] as const) {
      const { output } = await lab.command(name, ...(name === 'plan' ? ['--compare', 'all'] : []));
      expect(output).toContain('nobody can look into it: invalid byte sequence for encoding "UTF8"');
    }
  });

  test('whose login fails in words of its own, or whose table has odd ones in its name, speaks for nobody else in the proof', async (context) => {
    const lab = await startProvisioned(context);
    const forged = 'b-service: bdb_user opens database adb, which is not its own';
    await lab.as(
      A,
      `CREATE TABLE "\x1b[2J\n${forged}" (i int); REVOKE ALL ON "\x1b[2J\n${forged}" FROM adb_reporting;
       ALTER ROLE CURRENT_USER SET local_preload_libraries = E'x\\n${forged}\\n\\x1b[2J'`,
    );
    const proof = await lab.helmTest();
    const { output } = await lab.command('verify');
    expect(proof.output).toMatch(/^tried \d\d times to log in; 2 things are not as they must be$/m);
    expect(output).toMatch(/^4 logins tried \d+ times to open a database; 2 findings above$/m);
    for (const said of [proof.output, output]) {
      expect(said).toContain(
        String.raw`a-service: adb_user cannot open its database adb: could not access file "$libdir/plugins/x\x0a${forged}\x0a\x1b[2J"`,
      );
      expect(said).not.toMatch(/^b-service/m);
      expect(said).not.toContain('\u001b');
    }
  });

  test('whose settings hold bytes of no encoding, or the ends of lines, prints them as text', async (context) => {
    const lab = await startProvisioned(context);
    const { user = '', password, database } = dataOf(pick(lab.manifests(), 'Secret', A));
    const set = `PGOPTIONS=$'-c search_path=x\\xe9' psql -X -c 'ALTER ROLE ${user} SET search_path FROM CURRENT' -c 'ALTER ROLE ${user} IN DATABASE bdb SET search_path FROM CURRENT'`;
    const env = {
      PATH: process.env['PATH'],
      PGHOST: '127.0.0.1',
      PGPORT: String(lab.server.port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
    };
    expect((await run('bash', ['-c', set], { env })).output).toContain('ALTER ROLE\n');
    await lab.as(
      A,
      `ALTER ROLE CURRENT_USER SET application_name = E'\\x1b[2J\\nreported: server: DROP DATABASE bdb  -- nobody'`,
    );
    const job = await lab.job();
    const plan = await lab.command('plan');
    expect(job.output).toContain(
      'reported: a-service: ALTER ROLE adb_user RESET application_name  -- a setting of the role that nobody declared: \\u001b[2J\\nreported: server: DROP DATABASE bdb  -- nobody\n',
    );
    for (const { output } of [job, plan]) expect(output).not.toMatch(/^reported: server|^ *DROP DATABASE/m);
    expect(job.code).toBe(0);
    expect(job.output).toContain('3 services: 3 well, 0 not\n');
    expect((await lab.job()).code).toBe(0);
  });

  test('whose schema file fails shows the place and the message, and nothing of its text or of a row', async (context) => {
    const secret = `CREATE TABLE t (id int PRIMARY KEY, v text);\nINSERT INTO t VALUES (1, 'x');\n-- why\nINSERT INTO t VALUES (1, 'secret-api-key-123');\n`;
    const lab = await start(context, THREE, ofA(secret));
    for (const { output } of [await lab.job(), await lab.command('apply')]) {
      expect(output).toContain('a-service: ERROR:  001_a.sql:4:1: duplicate key value violates unique constraint "t_pkey"\n');
      expect(output).not.toMatch(/secret-api-key|INSERT INTO t|DETAIL/);
    }
  });

  test('that keeps the admin waiting in its database does so no longer than a schema file may take', async (context) => {
    const lab = await startProvisioned(context);
    const [one, two] = [await lab.hold(A), await lab.hold(A)];
    await one.query('BEGIN; SELECT count(*) FROM pg_catalog.pg_class');
    const queued = two.query('CREATE TABLE p PARTITION OF pg_catalog.pg_class DEFAULT').catch(String);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const patient = { PATIENCE_SECONDS: '100', LOCK_SECONDS: '100', CONNECT_SECONDS: '100' };
    const { output, code } = await lab.job({ ...patient, COMPARE: 'all', SCHEMA_FILE_SECONDS: '1' });
    expect(output).toContain(
      'a-service: ERROR:  what the admin does in its database did not end in 12 s, whatever the time-outs; the session was ended\n',
    );
    expect(output).toContain('3 services: 2 well, 1 not\n');
    expect(code).toBe(1);
    await one.end();
    await queued;
  });

  test('that puts an extension into the admin’s place is stopped, with a sentence', async (context) => {
    const lab = await startProvisioned(
      context,
      'services: { a-service: { extensions: [citext] }, b-service: {}, c-service: {} }\n',
    );
    for (const schema of ['pg_catalog', 'information_schema']) {
      await lab.as(A, `DROP EXTENSION citext; CREATE EXTENSION citext SCHEMA ${schema}`);
      const { output, code } = await lab.job({ COMPARE: 'all' });
      expect(output).toContain(
        `a-service: ERROR:  in the admin's place is extension citext of adb_user in schema ${schema}; the admin takes nothing over`,
      );
      expect(code).toBe(1);
    }
    await lab.as(A, 'DROP EXTENSION citext');
    expect((await lab.job({ COMPARE: 'all' })).code).toBe(0);
  });
});

/** What is bounded by the scripts and commands themselves, whatever the server. */
describe('one service, whose server is of any major,', { concurrent: true }, () => {
  const { start, startProvisioned } = beginOn(18);

  test('may have more schema files than an argument holds', async (context) => {
    const names = Array.from({ length: 450 }, (_, place) => `${String(place + 1).padStart(4, '0')}_${'x'.repeat(220)}.sql`);
    const lab = await start(
      context,
      THREE,
      Object.fromEntries(names.map((name) => [`schema/databases/a-service/${name}`, 'SELECT 1;\n'])),
    );
    const { code, output } = await lab.job();
    expect(output).toContain('3 services: 3 well, 0 not\n');
    expect(code).toBe(0);
    await others(lab);
  });

  test('may say as much as it likes: the first and the last lines are printed, in the memory of a Job', async (context) => {
    const flood = `DO $$ BEGIN FOR i IN 1..40 LOOP RAISE NOTICE '%', repeat('x', 1000000); END LOOP; RAISE EXCEPTION 'at the end'; END $$;`;
    const lab = await start(context, THREE, ofA(flood));
    for (const { output } of [await lab.job(), await lab.command('apply')]) {
      expect(output.length).toBeLessThan(2_000_000);
      expect(output).toMatch(/^a-service: \.\.\. \d+ lines are left out$/m);
      expect(output).toContain('a-service: ERROR:  001_a.sql:1:1: at the end\n');
      expect(output).toContain('3 services: 2 well, 1 not\n');
    }
    await others(lab);
  });

  test('that takes its time goes on in the next run, and the others are remembered meanwhile', async (context) => {
    const sleep = 'SELECT pg_sleep(1.5);\n';
    const lab = await start(context, THREE, ofA(sleep, sleep, sleep));
    const first = await lab.job({ SCHEMA_FILE_SECONDS: '2' });
    expect(first.output).toContain('a-service: schema file 002_a.sql\n');
    expect(first.output).toContain(
      'a-service: ERROR:  schema file 003_a.sql waits for the next run: this service took its time\n',
    );
    expect(first.code).toBe(1);
    const remembered = await lab.admin(`SELECT service FROM shared_postgresql.login WHERE digest IS NOT NULL ORDER BY 1`);
    expect(remembered).toEqual([{ service: 'b-service' }, { service: 'c-service' }]);
    const second = await lab.job({ SCHEMA_FILE_SECONDS: '2' });
    expect(second.output).toMatch(
      /^a-service: schema file 003_a\.sql\na-service: well after \d+ ms\n3 services: 3 well, 0 not\n$/m,
    );
    expect(second.output).not.toContain('002_a.sql');
  });

  test('that made more than anybody would read is its own finding, in each command', async (context) => {
    const lab = await startProvisioned(context);
    await lab.as(
      A,
      `SET statement_timeout = 0;
       DO $$ BEGIN FOR i IN 1..51000 LOOP EXECUTE format('CREATE SCHEMA s%s AUTHORIZATION adb', i); END LOOP; END $$`,
    );
    const sentence = 'nobody can look into it: there are more than 50000 differences; somebody must look what was made there';
    for (const words of [
      ['plan', '--compare', 'all'],
      ['report', '--out', join(temporaryFolder(), 'report.html')],
    ] as const) {
      const [name, ...rest] = words;
      const { output } = await lab.command(name, ...rest);
      expect(output).toContain(name === 'report' ? 'wrote ' : sentence);
    }
  }, 240_000);

  test('whose password takes for ever to be proven keeps the proof no longer than any login may take', async (context) => {
    const lab = await startProvisioned(context);
    const key = 'OTnW8+zFGBoRkYt0aX8HeZ3kGKgQUEzGaFFuNO7ogIs=';
    await lab.as(
      A,
      `SET statement_timeout = 0; ALTER ROLE CURRENT_USER PASSWORD 'SCRAM-SHA-256$6000000:c2FsdHNhbHRzYWx0c2FsdA==$${key}:${key}'`,
    );
    const proof = await lab.helmTest({ CONNECT_SECONDS: '3' });
    expect(proof.output).toContain('a-service: adb_user cannot open its database adb: it took longer than 3 s\n');
    expect(proof.output).toMatch(/^tried \d\d times to log in; 1 things are not as they must be$/m);
    expect((await lab.job()).output).toContain('a-service: set the password of adb_user\n');
    expect((await lab.helmTest()).code).toBe(0);
  });

  test('that speaks of a full disk says nothing of the server', async (context) => {
    const lab = await start(context, THREE, ofA(`DO $$ BEGIN RAISE EXCEPTION 'No space left on device'; END $$;\n`));
    for (const { output, code } of [await lab.job(), await lab.command('apply')]) {
      expect(output).toContain('a-service: ERROR:  001_a.sql:1:1: No space left on device\n');
      expect(output).not.toContain('server: its disk is full');
      expect(code).toBe(1);
    }
  });

  test.for([
    [
      'catches the time-out',
      'DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(100000); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$;\n',
    ],
    [
      'waits in its commit',
      `CREATE TABLE t (i int);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(100000); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f();
INSERT INTO t VALUES (1);\n`,
    ],
  ])('whose schema file %s is ended from outside', async ([, text = ''], context) => {
    const lab = await start(context, `${THREE}provisioning: { deadlines: { schemaFile: 2 } }\n`, ofA(text));
    for (const { code, output } of [await lab.job(), await lab.command('apply')]) {
      expect(output).toContain(
        'a-service: ERROR:  its schema files did not end in 14 s, whatever the time-outs; the session was ended\n',
      );
      expect(output).toContain('3 services: 2 well, 1 not\n');
      expect(code).toBe(1);
      expect(await lab.admin(`SELECT FROM pg_stat_activity WHERE usename = 'adb_user'`)).toEqual([]);
    }
  });

  test('that says more at once than a worker has memory for ends its own worker', async (context) => {
    const lab = await start(context, THREE, ofA(`DO $$ BEGIN RAISE NOTICE '%', repeat('x', 150000000); END $$;\n`));
    expect((await lab.job()).output).toContain('3 services: 2 well, 1 not\n');
    const { output, code } = await lab.command('apply');
    expect(output).toContain('a-service: ERROR:  its schema files said more at once than 32 MiB; the session was ended\n');
    expect(output).toContain('3 services: 2 well, 1 not\n');
    expect(code).toBe(1);
    await others(lab);
  });

  test('may fill its ledger: the plan asks for what is declared', async (context) => {
    const lab = await startProvisioned(context);
    await lab.as(
      A,
      `INSERT INTO shared_postgresql.schema_file (name, checksum) SELECT i::text, repeat('x', 20000000) FROM generate_series(1, 40) AS i`,
    );
    expect((await lab.command('plan', '--compare', 'all')).output).toBe('nothing to do\n');
  });
});
