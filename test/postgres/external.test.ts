import { describe, expect, inject, test, type TestContext } from 'vitest';
import { startExternalLab, type ExternalLab } from '../tools/external.ts';
import { dataOf, pick } from '../tools/manifests.ts';
import { fetchEveryPostgres } from '../tools/postgres-binaries.ts';
import { withClient } from '../tools/server.ts';

/*
 * A server that somebody else runs, whose admin has CREATEDB and CREATEROLE and is no superuser: it is provisioned by what that admin may do, and services
 * are kept apart by privileges and membership alone. CREATEROLE is another right since 16, so every major is tried.
 */
const USERS = 'user-service: { roles: { reports: {} } }';
const FIRST = { 'schema/databases/user-service/001_users.sql': 'CREATE TABLE users (id integer);\n' };
const valuesOf = (...entries: readonly string[]): string => `services:\n${entries.map((entry) => `  ${entry}\n`).join('')}`;

/** Where npm has none of the majors between, the two are tried that all tests have. */
const programs = fetchEveryPostgres().catch(() => {
  const { 15: oldest, 18: newest } = inject('postgres');
  return new Map([
    [15, oldest],
    [18, newest],
  ]);
});

async function startLab(context: TestContext, major: number): Promise<ExternalLab> {
  const bin = (await programs).get(major);
  context.skip(bin === undefined, `no server of PostgreSQL ${major} could be had`);
  const lab = await startExternalLab(bin ?? '', { values: valuesOf('order-service: {}', USERS), files: FIRST });
  context.onTestFinished(() => lab.server.end());
  return lab;
}

/** Runs SQL as the login of a connection Secret. */
function as(lab: ExternalLab, secret: string, sql: string, database?: string): Promise<object[]> {
  const { user, password, database: own } = dataOf(pick(lab.manifests(), 'Secret', secret));
  const config = { host: '127.0.0.1', port: lab.server.port, user, password, database: database ?? own };
  return withClient(config, async (client) => (await client.query<object>(sql)).rows);
}

/** What a run did, without what it reports. */
const deedsOf = (output: string): string[] =>
  output.split('\n').filter((line) => line !== '' && !/^(reported|retained): /.test(line));

async function run(lab: ExternalLab): Promise<string[]> {
  const { code, output } = await lab.job();
  expect(code, output).toBe(0);
  return deedsOf(output);
}

const OWN = 'user-service-db-secret';

describe.each([15, 16, 17, 18])('on PostgreSQL %i, by an admin who is no superuser', { timeout: 300_000 }, (major) => {
  test('services are provisioned, kept apart, changed, rotated, retained and dropped', async (context) => {
    const lab = await startLab(context, major);
    const { code, output } = await lab.job();
    expect(code, output).toBe(0);
    expect(output).toContain(
      "reported: server: -- pg_hba.conf  -- platform_admin is no superuser, so the server's files are left alone",
    );
    expect(output).toContain('reported: server: -- database postgres  -- postgres owns it, and PUBLIC may connect');
    expect(output).toContain('reported: server: -- temp_file_limit');
    expect(await run(lab)).toEqual(['2 services: 2 well, 0 not']);

    const proof = await lab.helmTest();
    expect(proof.output).toContain('0 things are not as they must be');
    expect(await as(lab, OWN, 'INSERT INTO users VALUES (1) RETURNING id')).toEqual([{ id: 1 }]);
    expect(await as(lab, 'user-service-reports-db-secret', 'SELECT id FROM users')).toEqual([{ id: 1 }]);
    for (const elsewhere of ['orderdb', 'platform'])
      await expect(as(lab, OWN, 'SELECT 1', elsewhere)).rejects.toThrow(`permission denied for database "${elsewhere}"`);

    // One more grant by somebody is found by the proof and taken back by a run, and so is what the owner of a database could have set.
    await lab.admin('GRANT CONNECT ON DATABASE orderdb TO PUBLIC');
    expect((await lab.helmTest()).output).toContain('user-service: userdb_user opens database orderdb, which is not its own');
    expect(await run(lab)).toContainEqual(expect.stringContaining('REVOKE CONNECT ON DATABASE orderdb FROM PUBLIC'));

    const changed = 'user-service: { rotation: 1, connectionLimit: 7, roles: { reports: { access: readwrite } } }';
    const second = { 'schema/databases/user-service/002_more.sql': 'ALTER TABLE users ADD name text;\n' };
    await lab.change({ values: valuesOf(changed), files: { ...FIRST, ...second } });
    const deeds = (await run(lab)).join('\n');
    expect(deeds).toContain('user-service: schema file 002_more.sql');
    expect(deeds).toContain('ALTER ROLE orderdb_user NOLOGIN  -- retained');
    expect(await run(lab)).toEqual(['1 services: 1 well, 0 not']);
    expect(await as(lab, OWN, 'SELECT current_user, name FROM users')).toEqual([{ current_user: 'userdb_user', name: null }]);
    await as(lab, 'user-service-reports-db-secret', 'INSERT INTO users VALUES (2)');
    await expect(as(lab, 'user-service-reports-db-secret', 'DROP TABLE users')).rejects.toThrow('must be owner');

    const [database] = await lab.admin<{ oid: number }>(`SELECT oid FROM pg_database WHERE datname = 'orderdb'`);
    const drop = `order-service: { enabled: false, drop: confirm-orderdb-${database?.oid}-without-backup }`;
    await lab.change({ values: valuesOf(changed, drop), files: { ...FIRST, ...second } });
    expect((await run(lab)).join('\n')).toContain('DROP DATABASE orderdb');
    expect(await lab.admin(`SELECT rolname FROM pg_roles WHERE rolname ~ '^orderdb'`)).toEqual([]);
    expect(await run(lab)).toEqual(['1 services: 1 well, 0 not']);
  });

  test('what is there already is adopted where the admin may, and told where not', async (context) => {
    const lab = await startLab(context, major);
    await lab.admin('CREATE DATABASE orderdb');
    await lab.admin('CREATE TABLE orders (id integer)', 'orderdb');
    await lab.provider('CREATE DATABASE userdb');
    const [mine] = await lab.admin<{ oid: number }>(`SELECT oid FROM pg_database WHERE datname = 'orderdb'`);
    const [theirs] = await lab.admin<{ oid: number }>(`SELECT oid FROM pg_database WHERE datname = 'userdb'`);
    const values = valuesOf(
      `order-service: { adopt: confirm-orderdb-${mine?.oid} }`,
      `user-service: { adopt: confirm-userdb-${theirs?.oid} }`,
    );
    await lab.change({ values });
    const { code, output } = await lab.job();
    expect(code, output).toBe(1);
    expect(output).toContain('order-service: well after');
    expect(output).toContain(
      'database userdb exists, and provisioning did not make it; it is never taken over: postgres owns it, and platform_admin, who provisions, is no member of that role',
    );
    await lab.provider('ALTER DATABASE userdb OWNER TO platform_admin');
    await run(lab);
    expect(await run(lab)).toEqual(['2 services: 2 well, 0 not']);
  });

  test('commands of a laptop plan, apply and prove the same', async (context) => {
    const lab = await startLab(context, major);
    const planned = await lab.command('plan');
    expect(planned.output).toContain('CREATE DATABASE userdb');
    expect(planned.code).toBe(2);
    const applied = await lab.command('apply', '--yes');
    expect(applied.output).toContain('user-service: schema file 001_users.sql');
    expect(applied.code, applied.output).toBe(0);
    expect(await lab.command('plan', '--compare', 'all')).toMatchObject({ code: 0 });
    expect(await run(lab)).toEqual(['2 services: 2 well, 0 not']);
    expect(await lab.command('verify')).toMatchObject({ code: 0 });
    await lab.admin('GRANT CONNECT ON DATABASE orderdb TO PUBLIC');
    const proof = await lab.command('verify');
    expect(proof.output).toContain('user-service: userdb_user opens database orderdb, which is not its own');
    expect(proof.code).toBe(1);
  });

  test('a login of the platform reads the statistics once the admin may grant them, and one that migrates is the service', async (context) => {
    const lab = await startLab(context, major);
    await lab.provider(`GRANT pg_monitor TO platform_admin ${major < 16 ? '' : 'WITH ADMIN OPTION'}`);
    const logins = 'platformLogins: { monitoring: {}, tool: { access: migrator, services: [order-service] } }';
    await lab.change({ values: `${logins}\n${valuesOf('order-service: {}')}` });
    await run(lab);
    expect(await run(lab)).toEqual(['1 services: 1 well, 0 not']);
    const tool = 'order-service-tool-db-secret';
    await as(lab, tool, 'CREATE TABLE made ()');
    expect(await as(lab, tool, `SELECT tableowner::text AS owner FROM pg_tables WHERE tablename = 'made'`)).toEqual([
      { owner: 'orderdb_user' },
    ]);
    await expect(as(lab, tool, '', 'platform')).rejects.toThrow('permission denied for database "platform"');
    const { output } = await lab.helmTest();
    expect(output).toContain('0 things are not as they must be');
  });
});
