/** @module-tag quarter */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import { inputsOf, makePlan } from '../../generator/server/plan.ts';
import { asAdmin, setInputs } from '../../generator/server/session.ts';
import { writeFiles } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { startProvisionedLab, type Lab } from '../tools/lab.ts';
import { ADMIN_SECRET, dataOf, pick } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { project } from '../tools/project.ts';

/*
 * A name belongs to whom it was given: what lives under a declared name and was not made for this service stops the service, with a
 * sentence, until its entry confirms it by number. The admin adopts nothing inside a database, whoever confirms what.
 */
const OWNS_ELSEWHERE = 'it owns something, or has privileges, outside of the database';

describe.each(POSTGRES_MAJORS)('names on PostgreSQL %i', (major) => {
  let lab: Lab | undefined;

  afterEach(async () => {
    await lab?.server.end();
    lab = undefined;
  });
  const start = async (values: string): Promise<Lab> => (lab = await startProvisionedLab(major, { values }));

  const rolesOf = (started: Lab, pattern: string): Promise<object[]> =>
    started.admin(`SELECT rolname::text AS role, rolsuper, rolcanlogin FROM pg_roles WHERE rolname ~ '${pattern}' ORDER BY 1`);

  /** What makes a role that is never taken over, and what stands in the way. */
  const NEVER: readonly (readonly [make: (role: string) => string, obstacle: string])[] = [
    [(role) => `CREATE ROLE ${role} LOGIN SUPERUSER`, 'it is a superuser'],
    [(role) => `CREATE ROLE ${role} CREATEROLE`, 'it can make roles'],
    [(role) => `CREATE ROLE ${role} CREATEDB`, 'it can make databases'],
    [(role) => `CREATE ROLE ${role} REPLICATION`, 'it can replicate'],
    [(role) => `CREATE ROLE ${role} BYPASSRLS`, 'it passes over row policies'],
    [(role) => `CREATE ROLE ${role} LOGIN IN ROLE pg_monitor`, 'it is a member of another role'],
    [(role) => `CREATE ROLE ${role}; GRANT SET ON PARAMETER log_statement TO ${role}`, OWNS_ELSEWHERE],
    [(role) => `CREATE ROLE ${role}; GRANT USAGE ON SCHEMA public TO ${role}`, OWNS_ELSEWHERE],
    [(role) => `CREATE ROLE ${role}; CREATE SCHEMA ${role} AUTHORIZATION ${role}`, OWNS_ELSEWHERE],
    [(role) => `CREATE ROLE ${role} LOGIN`, 'a role is taken over only together with its database'],
  ];
  const NAMES = NEVER.map((_, place) => ({ service: `s${place}`, role: `taken_${place}` }));

  // A login of the platform has a record as well, of the admin's database.
  const servicesWith = (entryOf: (role: string, service: string) => string): string =>
    `platformLogins: { monitoring: {} }\nservices: { ${NAMES.map(({ service, role }) => `${service}: ${entryOf(role, service)}`).join(', ')} }\n`;
  const NONE = servicesWith(() => '{}');

  test('what a neighbour gives to a login in its own database does not keep that from being taken over', async () => {
    const started = await start('services: { a: {} }\n');
    await started.admin('CREATE ROLE old_login LOGIN');
    await started.admin('CREATE DATABASE olddb OWNER old_login');
    // One that was never well has a database as well.
    const unwell = { 'schema/databases/c/001_c.sql': 'SELECT 1 / 0;\n' };
    await started.change({ values: 'services: { a: {}, c: {} }\n', files: unwell });
    expect((await started.job()).output).toContain('2 services: 1 well, 1 not\n');
    for (const secret of ['a-db-secret', 'c-db-secret'])
      await started.as(
        secret,
        'CREATE TABLE t (i int); GRANT SELECT ON t TO old_login; GRANT USAGE ON SCHEMA public TO old_login',
      );
    const [{ oid } = { oid: 0 }] = await started.admin<{ oid: number }>(
      `SELECT oid::int FROM pg_database WHERE datname = 'olddb'`,
    );
    const entry = `{ database: olddb, user: old_login, adopt: confirm-olddb-${oid} }`;
    // What somebody else gave elsewhere still does.
    await started.admin('CREATE ROLE rich; GRANT SET ON PARAMETER log_statement TO rich');
    await started.change({ values: `services: { a: {}, b: ${entry}, c: {}, d: { user: rich } }\n`, files: unwell });
    const { output } = await started.job();
    expect(output).toContain('4 services: 2 well, 2 not\n');
    expect(output).toContain(`never taken over: ${OWNS_ELSEWHERE}: -- another name for the role of d\n`);
    const { database, ...login } = started.login('b-db-secret');
    expect(database).toBe('olddb');
    await expect(started.as('a-db-secret', 'SELECT 1', { ...login, database: 'adb' })).rejects.toThrow(/pg_hba.conf rejects/);
  });

  test('a role that is there is never taken over by a name alone', async () => {
    const started = await start(NONE);
    for (const [place, [make]] of NEVER.entries()) await started.admin(make(`taken_${place}`));
    const before = await rolesOf(started, '^taken');
    for (const values of [
      servicesWith((role) => `{ user: ${role} }`),
      servicesWith((role, service) => `{ database: ${role}, user: other_${service} }`),
      servicesWith((role) => `{ roles: { r: { user: ${role} } } }`),
    ]) {
      await started.change({ values });
      const { code, output } = await started.job();
      for (const [place, [, obstacle]] of NEVER.entries())
        expect(output).toContain(
          `s${place}: refused: role taken_${place} exists, and provisioning did not make it; it is never taken over: ${obstacle}: -- another name for the role of s${place}\n`,
        );
      expect(code).toBe(1);
      expect(await rolesOf(started, '^taken')).toEqual(before);
      expect(await started.admin(`SELECT FROM pg_database WHERE datname ~ '^taken'`)).toEqual([]);
    }
    for (const { role } of NAMES) await started.admin(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await started.change({ values: NONE });
    expect((await started.job()).code).toBe(0);
  });

  const dangerous = readdirSync(join(PROJECT, 'chart/provisioning/plan/server')).filter(
    (name) =>
      /^(?!9)\d.*\.sql$/.test(name) &&
      /'(ALTER ROLE|ALTER DATABASE|GRANT|REVOKE|DROP|REASSIGN)/.test(
        readFileSync(join(PROJECT, 'chart/provisioning/plan/server', name), 'utf8'),
      ),
  );

  test('no statement that changes an owner, a membership, an attribute, a privilege or a setting touches what the records do not know', async () => {
    const started = await start('services: { a-service: {} }\n');
    for (const sql of [
      'CREATE ROLE x CREATEDB LOGIN',
      "CREATE ROLE x_user CREATEROLE PASSWORD 'somebody gave it'",
      'CREATE ROLE x_r LOGIN',
      'CREATE ROLE x_user_2 LOGIN',
      'CREATE ROLE stranger LOGIN',
      'GRANT x TO stranger WITH ADMIN OPTION',
      'CREATE DATABASE x OWNER stranger CONNECTION LIMIT 3',
      'GRANT CREATE ON DATABASE x TO stranger',
      'ALTER DATABASE x SET work_mem = 64',
      'ALTER ROLE x_user SET search_path = nowhere',
      "ALTER ROLE x_user IN DATABASE x SET lock_timeout = '1h'",
      `DO $$ BEGIN EXECUTE format('ALTER ROLE x_r SET application_name = %L', (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 6000) AS i)); END $$`,
      'GRANT CONNECT ON DATABASE a TO stranger',
    ].map((sql) => sql.replace('DATABASE a ', 'DATABASE adb ')))
      await started.admin(sql);
    const values =
      'services: { a-service: {}, x-service: { database: x, user: x_user, clientCertificate: x-certificate, roles: { r: { user: x_r } } } }\n';
    const rulesOf = async (): Promise<number[]> => {
      const folder = temporaryFolder();
      writeFiles(folder, { 'values.yaml': values });
      const generated = await generate(readInput({ values: join(folder, 'values.yaml') }, project));
      const { password } = dataOf(pick(started.manifests(), 'Secret', ADMIN_SECRET));
      return asAdmin({ host: '127.0.0.1', port: started.server.port, user: 'postgres', password }, async (client) => {
        await setInputs(client, inputsOf(generated, 'changed', { admin: '', byCredential: new Map([['x-service', 'its own']]) }));
        await makePlan(client);
        const { rows } = await client.query<{ rule: number }>(
          `SELECT DISTINCT rule FROM plan WHERE service = 'x-service' AND step <> 'REPORTED' ORDER BY 1`,
        );
        return rows.map(({ rule }) => rule);
      });
    };
    expect(await rulesOf()).toEqual([1]);
    // The same objects, once the records know them: every rule would have something to do, so the test above could fail.
    await started.admin(
      `INSERT INTO shared_postgresql.login (database, "user", service, access)
       VALUES ('x', 'x_user', 'x-service', 'owner'), ('x', 'x_user_2', 'x-service', 'second'), ('x', 'x_r', 'x-service', 'readonly');
       INSERT INTO shared_postgresql.former_login VALUES ('x_user_2', 'x_user', now() - interval '1h'), ('x_user', 'x_user_2', now())`,
    );
    const known = await rulesOf();
    const elsewhere = [
      '12-undeclared-login.sql',
      '14-undeclared-platform-login.sql',
      '36-closed-database.sql',
      '37-closed-login.sql',
      // Of an admin who is no superuser: external.test.ts.
      '38-missing-membership-of-the-admin.sql',
      // Of no service: platform-logins.test.ts.
      '40-missing-right-of-platform-login.sql',
      '60-confirmed-database.sql',
      '61-roles-of-confirmed-database.sql',
      '62-record-of-confirmed-database.sql',
    ];
    const expected = dangerous.filter((name) => !elsewhere.includes(name)).map((name) => Number.parseInt(name));
    expect(expected.length).toBeGreaterThan(7);
    expect(expected.filter((rule) => !known.includes(rule))).toEqual([]);
  });

  // Whose a name is stands in the records, whatever the server.
  if (major !== 15) return;

  test('a database that is there is taken over by its number, and what its owner planted is not', async () => {
    const started = await start('services: { b-service: {} }\n');
    for (const sql of [
      `CREATE ROLE legacy LOGIN PASSWORD 'x'`,
      'CREATE ROLE legacydb',
      'GRANT legacydb TO legacy',
      'CREATE DATABASE legacydb OWNER legacy',
    ])
      await started.admin(sql);
    const asLegacy = { user: 'legacy', password: 'x', database: 'legacydb' };
    await started.as(
      'b-service-db-secret',
      `CREATE TABLE old (i int); INSERT INTO old VALUES (7); CREATE SCHEMA shared_postgresql;
       CREATE VIEW shared_postgresql.schema_file AS SELECT 'none'::text AS name, ''::text AS checksum, * FROM pg_catalog.pg_auth_members;
       GRANT ALL ON SCHEMA shared_postgresql TO PUBLIC`,
      asLegacy,
    );
    const entry = (adopt: string): string =>
      `services: { b-service: {}, a-service: { database: legacydb, user: legacy${adopt} } }\n`;
    await started.change({ values: entry('') });
    const refused = await started.job();
    const line = /adopt: (confirm-legacydb-\d+)\n/.exec(refused.output)?.[1] ?? '';
    expect(refused.output).toContain(
      `a-service: refused: database legacydb exists, and provisioning did not make it; this line in the entry of a-service takes it over: adopt: ${line}\n`,
    );
    expect(refused.code).toBe(1);
    expect((await started.command('plan')).stdout).toContain(`  adopt: ${line}\n`);

    await started.change({ values: entry(', adopt: confirm-legacydb-1') });
    expect((await started.job()).output).toContain(`adopt: ${line}\n`);

    await started.change({ values: entry(`, adopt: ${line}`) });
    const planted = await started.job();
    expect(planted.output).toContain(
      "a-service: ERROR:  in the admin's place is another kind of relation shared_postgresql.schema_file, and schema shared_postgresql of legacy, and view shared_postgresql.schema_file of legacy; the admin takes nothing over: move it away, or drop it, as its owner\n",
    );
    expect(planted.code).toBe(1);
    expect(await rolesOf(started, '^legacy$')).toEqual([{ role: 'legacy', rolsuper: false, rolcanlogin: true }]);
    expect(
      await started.admin(
        `SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE oid = 'shared_postgresql.schema_file'::regclass`,
        'legacydb',
      ),
    ).toEqual([{ owner: 'legacy' }]);

    await started.admin('DROP SCHEMA shared_postgresql CASCADE', 'legacydb');
    const adopted = await started.job();
    expect(adopted.output).toContain('2 services: 2 well, 0 not\n');
    expect(adopted.code).toBe(0);
    expect(await started.as('a-service-db-secret', 'SELECT i FROM old')).toEqual([{ i: 7 }]);
    expect((await started.job()).output).toBe('2 services: 2 well, 0 not\n');
  });

  test('what was made for another service is its own, and is handed over by its number', async () => {
    const started = await start('services: { a-service: {}, b-service: {} }\n');
    await started.as('b-service-db-secret', `CREATE TABLE cards (n text); INSERT INTO cards VALUES ('4111')`);
    await started.change({ values: 'services: { a-service: {} }\n' });
    expect((await started.job()).code).toBe(0);
    const entry = (adopt: string): string => `services: { a-service: { database: bdb, user: a_user${adopt} } }\n`;
    const before = { ...started.login('a-service-db-secret') };
    await started.change({ values: entry('') });
    const refused = await started.job();
    const line = /adopt: (confirm-bdb-\d+)\n/.exec(refused.output)?.[1] ?? '';
    expect(refused.output).toContain('a-service: refused: database bdb exists, and it was made for b-service; this line in');
    expect(refused.code).toBe(1);
    const asNew = { user: 'a_user', database: 'bdb' };
    await expect(started.as('a-service-db-secret', 'SELECT 1', asNew)).rejects.toThrow(/password authentication failed|rejects/);
    expect(await started.as('a-service-db-secret', 'SELECT 1 AS one', before)).toEqual([{ one: 1 }]);

    await started.change({ values: entry(`, adopt: ${line}`) });
    expect((await started.job()).code).toBe(0);
    expect(await started.as('a-service-db-secret', 'SELECT n FROM cards', asNew)).toEqual([{ n: '4111' }]);
    await started.change({ values: 'services: { a-service: {}, b-service: {} }\n' });
    expect((await started.job()).output).toContain('b-service: refused: database bdb exists, and it was made for a-service;');
  });

  test('what was made for another service is dropped by nobody else', async () => {
    const started = await start('services: { evil-service: {}, payments-service: {} }\n');
    await started.change({ values: 'services: { evil-service: {} }\n' });
    const confirmation = /drop: (confirm-paymentsdb-\d+)/.exec((await started.job()).output)?.[1] ?? '';
    const entry = `{ enabled: false, database: paymentsdb, drop: ${confirmation} }`;
    await started.change({ values: `services: { evil-service: {}, evil-old: ${entry} }\n` });
    const { output, code } = await started.job();
    expect(output).toContain(
      'evil-old: refused: database paymentsdb was made for payments-service; nobody else drops it: -- the entry of payments-service drops its database\n',
    );
    expect(code).toBe(1);
    expect(await started.admin(`SELECT datname::text FROM pg_database WHERE datname = 'paymentsdb'`)).toEqual([
      { datname: 'paymentsdb' },
    ]);
    await started.change({
      values: `services: { evil-service: {}, payments-service: { enabled: false, drop: ${confirmation}-without-backup } }\n`,
    });
    expect((await started.job()).code).toBe(0);
    expect(await started.admin(`SELECT FROM pg_database WHERE datname = 'paymentsdb'`)).toEqual([]);
  });

  test('a role that an entry no longer has is locked, also when the entry is refused', async () => {
    const started = await start('services: { a-service: { roles: { leaked: {} } } }\n');
    const leaked = { ...started.login('a-service-leaked-db-secret') };
    await started.admin('CREATE ROLE stranger LOGIN');
    await started.change({ values: 'services: { a-service: { roles: { other: { user: stranger } } } }\n' });
    expect((await started.job()).output).toContain('a-service: refused: role stranger exists');
    await expect(started.as('a-service-db-secret', 'SELECT 1', leaked)).rejects.toThrow(/not permitted to log in|rejects/);
    expect(await started.as('a-service-db-secret', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
