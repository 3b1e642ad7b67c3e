/** @module-tag sixth */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test, type TestContext } from 'vitest';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runBackup, runJob, startWatch } from '../tools/job.ts';
import { endWith, type Lab, startBackedUpLab, startProvisionedLab } from '../tools/lab.ts';
import { ADMIN_SECRET, dataOf, pick, withSecretText } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { withClient } from '../tools/server.ts';

/*
 * Another login takes the place of a service's, with a new password. Whoever connects meanwhile, by either, is let in, and what they make is the
 * service's as before; then the former password opens nothing, and who came by it is sent away.
 */
const USER = 'user-service-db-secret';
const REPORT = 'user-service-report-db-secret';
const SCHEMA = {
  'schema/databases/user-service/001_rows.sql': 'CREATE TABLE rows (id bigserial PRIMARY KEY, by text DEFAULT session_user)',
};

const valuesAt = (rotation: number, grace = '5s'): string =>
  `auth: { rotationGrace: ${grace} }
services:
  user-service: { connectionLimit: 30, rotation: ${rotation}, roles: { report: { rotation: ${rotation} } } }
  other-service: {}
`;

interface Pool {
  /** What the pods find where the Secret is mounted from now on. */
  mount(config: pg.ClientConfig): void;
  /** Ends it; gives what failed, and how often it connected. */
  stop(): Promise<{ failed: readonly string[]; connected: number }>;
}

/** Four clients that connect, write a row and disconnect, again and again. Each reads anew how to log in. */
function startPool(first: pg.ClientConfig): Pool {
  let config = first;
  let isStopped = false;
  let connected = 0;
  const failed: string[] = [];
  const write = (client: pg.Client): Promise<unknown> => client.query('INSERT INTO rows DEFAULT VALUES');
  const work = async (): Promise<void> => {
    while (!isStopped) {
      await withClient(config, write).then(
        () => (connected += 1),
        (error: unknown) => failed.push(String(error)),
      );
      await sleep(200);
    }
  };
  const clients = Array.from({ length: 4 }, work);
  return {
    mount: (changed) => (config = changed),
    stop: async () => {
      isStopped = true;
      await Promise.all(clients);
      return { failed, connected };
    },
  };
}

async function until(isThere: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 240; tries += 1) {
    if (await isThere()) return;
    await sleep(500);
  }
  throw new Error('it did not come');
}

describe.each(POSTGRES_MAJORS)('a rotation on PostgreSQL %i', { concurrent: true }, (major) => {
  const start = async (context: TestContext, grace?: string): Promise<Lab> =>
    endWith(context, await startProvisionedLab(major, { values: valuesAt(0, grace), files: SCHEMA }));
  const rotate = async (lab: Lab, rotation: number, files: Record<string, string> = SCHEMA, grace?: string): Promise<void> => {
    await lab.change({ values: valuesAt(rotation, grace), files });
    const { code, output } = await lab.job();
    expect(code, output).toBe(0);
  };

  /** Values from before the last rotation, with the passwords of then, as of whoever was late or went back in git. */
  const takesNothingBack = async (lab: Lab): Promise<void> => {
    const logins = 'SELECT rolname, rolcanlogin, rolpassword FROM pg_authid ORDER BY rolname';
    const before = await lab.admin(logins);
    await lab.change({ values: valuesAt(1, '1h'), files: SCHEMA });
    const sentences = ['user-service', 'user-service.report'].map(
      (credential) =>
        `the rotation of ${credential} is 1 here and was 2 on the server: these values are older, and a former password would open it again; take the newer ones, or write this into its entry`,
    );
    const { code, output } = await lab.job();
    expect(code, output).toBe(1);
    for (const sentence of sentences) expect(output).toContain(`user-service: refused: ${sentence}: rotation: 2\n`);
    expect(output).toContain('2 services: 1 well, 1 not\n');
    for (const words of [['plan'], ['verify'], ['apply', '--yes']] as const) {
      const [name, ...rest] = words;
      const answer = await lab.command(name, ...rest);
      expect(answer.code, answer.output).not.toBe(0);
      for (const sentence of sentences) expect(answer.output, name).toContain(sentence);
    }
    expect(await lab.admin(logins)).toEqual(before);
  };

  const canLogin = async (lab: Lab, user: string): Promise<boolean> =>
    (await lab.admin(`SELECT FROM pg_roles WHERE rolname = '${user}' AND rolcanlogin`)).length > 0;
  const ownersIn = async (lab: Lab): Promise<unknown> =>
    (
      await lab.admin<{ owner: string }>(
        `SELECT DISTINCT tableowner::text AS owner FROM pg_tables WHERE schemaname = 'public'`,
        'userdb',
      )
    ).map(({ owner }) => owner);

  test("once more before its time is over takes the first password at once, and what the second made is the first one's", async (context) => {
    const lab = await start(context, '1h');
    const first = lab.login(USER);
    const held = await lab.hold(USER);
    const ended = new Promise<void>((resolve) => held.on('end', resolve));
    // What it set for itself, for all of its sessions and for those in its database, is the second one's as well.
    await lab.as(
      USER,
      "ALTER ROLE userdb_user SET timezone = 'Asia/Tokyo'; ALTER ROLE userdb_user IN DATABASE userdb SET temp_tablespaces = pg_default, ''",
    );
    await rotate(lab, 1, SCHEMA, '1h');
    const second = lab.login(USER);
    expect(await lab.as(USER, 'SHOW timezone')).toEqual([{ TimeZone: 'Asia/Tokyo' }]);
    expect(await lab.as(USER, 'SHOW temp_tablespaces')).toEqual(
      await withClient(first, async (client) => (await client.query<object>('SHOW temp_tablespaces')).rows),
    );
    expect(await lab.as(USER, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '5min' }]);
    await held.query('SELECT');
    await rotate(lab, 2, SCHEMA, '1h');
    await ended;
    await expect(withClient(first, (client) => client.query('SELECT'))).rejects.toThrow('password authentication failed');
    expect(await lab.as(USER, 'SELECT session_user')).toEqual([{ session_user: 'userdb_user' }]);
    // Its time is not over, and it does what it may: more than the first may it not, and the next look gives all to the first.
    await withClient(second, async (client) => {
      expect((await client.query('SELECT session_user, current_user')).rows).toEqual([
        { session_user: 'userdb_user_2', current_user: 'userdb_user' },
      ]);
      await client.query('DISCARD ALL');
      expect((await client.query('SELECT current_user')).rows).toEqual([{ current_user: 'userdb_user' }]);
      for (const statement of [
        'SET ROLE otherdb',
        'SET ROLE postgres',
        'ALTER ROLE userdb_user CONNECTION LIMIT -1',
        'GRANT userdb_user TO otherdb_user',
      ])
        await expect(client.query(statement)).rejects.toThrow(/permission denied|must have admin option/);
      await client.query('SET ROLE NONE; CREATE TABLE strayed (i int); ALTER ROLE userdb_user_2 RESET role');
    });
    await expect(withClient({ ...second, database: 'otherdb' }, (client) => client.query('SELECT'))).rejects.toThrow(
      'pg_hba.conf rejects connection',
    );
    const verified = await lab.command('verify');
    expect(verified.stdout).toContain('REASSIGN OWNED BY userdb_user_2 TO userdb_user');
    expect(verified.stdout).toContain("ALTER ROLE userdb_user_2 SET role = 'userdb_user'");
    expect((await lab.job({ COMPARE: 'all' })).code).toBe(0);
    expect(await ownersIn(lab)).toEqual(['userdb_user']);
    expect((await lab.job()).output).toMatch(
      /^(?:reported: user-service: ALTER ROLE userdb_user.*\n){4}2 services: 2 well, 0 not\n$/,
    );
    await takesNothingBack(lab);
  }, 120_000);

  // The watch and the clients are the same for any server.
  if (major !== 15) return;

  test('keeps every connection, and ends the former login when its time is over', async (context) => {
    const lab = await start(context);
    const watch = startWatch(lab.manifests(), lab.server.port);
    context.onTestFinished(() => watch.stop());
    const [first, firstReport] = [lab.login(USER), lab.login(REPORT)];
    const pool = startPool(first);
    const held = await lab.hold(USER);
    const ended = new Promise<void>((resolve) => held.on('end', resolve));
    await rotate(lab, 1, { ...SCHEMA, 'schema/databases/user-service/002_more.sql': 'CREATE TABLE more (i int)' });
    const second = lab.login(USER);
    expect([second.user, lab.login(REPORT).user]).toEqual(['userdb_user_2', 'userdb_report_2']);
    expect(second.password).not.toBe(first.password);
    await sleep(1500);
    pool.mount(second);
    await lab.as(USER, 'CREATE TABLE made (i int); INSERT INTO made VALUES (1)');
    expect(await lab.as(REPORT, 'SELECT i FROM made')).toEqual([{ i: 1 }]);
    await until(async () => !(await canLogin(lab, 'userdb_user')));
    await ended;
    const { failed, connected } = await pool.stop();
    expect(failed).toEqual([]);
    expect(connected).toBeGreaterThan(40);
    expect(await lab.as(USER, 'SELECT count(*)::integer AS rows FROM rows')).toEqual([{ rows: connected }]);
    expect(await ownersIn(lab)).toEqual(['userdb_user']);
    await expect(withClient(first, (client) => client.query('SELECT'))).rejects.toThrow('password authentication failed');
    await expect(withClient(firstReport, (client) => client.query('SELECT'))).rejects.toThrow('password authentication failed');
    expect(watch.output()).toMatch(
      /server: locked userdb_user, in whose place userdb_user_2 is, and ended \d+ of its sessions\n/,
    );
    expect((await lab.job()).output).toBe('2 services: 2 well, 0 not\n');
    const verified = await lab.command('verify');
    expect(verified.code, verified.output).toBe(0);
    const planned = await lab.command('plan');
    expect(planned.code, planned.output).toBe(0);
    await rotate(lab, 2);
    expect(lab.login(USER).user).toBe('userdb_user');
    expect(lab.login(USER).password).not.toBe(first.password);
    expect(await lab.as(USER, 'SELECT i FROM made')).toEqual([{ i: 1 }]);
    await expect(withClient(first, (client) => client.query('SELECT'))).rejects.toThrow('password authentication failed');
    await withClient(second, (client) => client.query('SELECT i FROM made'));
  }, 240_000);

  test('ends the former login, whatever who came by it did in the database, and to the other login', async (context) => {
    const lab = await start(context);
    const watch = startWatch(lab.manifests(), lab.server.port);
    context.onTestFinished(() => watch.stop());
    const change = async (rotation: number): Promise<string> => {
      const next = { 'schema/databases/user-service/002_more.sql': 'CREATE TABLE more (i int)' };
      await lab.change({ values: valuesAt(rotation), files: { ...SCHEMA, ...next } });
      const { code, output } = await lab.job();
      expect(code, output).toBe(1);
      return output;
    };
    const [first, planted] = [lab.login(USER), { ...lab.login(USER), password: 'planted' }];
    // From now on no run finds the service well.
    await lab.as(USER, "INSERT INTO shared_postgresql.schema_file (name, checksum) VALUES ('002_more.sql', 'x')");
    await change(1);
    expect((await lab.command('apply', '--yes')).code).toBe(1);
    await until(async () => !(await canLogin(lab, 'userdb_user')));
    await expect(withClient(first, (client) => client.query('SELECT'))).rejects.toThrow('password authentication failed');
    // A session of the second is the first's, which nobody comes by now.
    await lab.as(USER, "ALTER ROLE userdb_user PASSWORD 'planted'");
    const second = lab.login(USER);
    expect(await change(2)).toContain(
      'user-service: ALTER ROLE userdb_user PASSWORD NULL  -- somebody gave the login another password',
    );
    await expect(withClient(planted, (client) => client.query('SELECT'))).rejects.toThrow('password authentication failed');
    await withClient(second, (client) => client.query("ALTER ROLE userdb_user PASSWORD 'planted'"));
    const held = new pg.Client(planted);
    const ended = new Promise<void>((resolve) => held.on('error', () => undefined).on('end', resolve));
    await held.connect();
    await until(async () => !(await canLogin(lab, 'userdb_user_2')));
    await ended;
    await until(() => lab.as(USER, 'SELECT session_user').then(Boolean, () => false));
    await expect(withClient(planted, (client) => client.query('SELECT'))).rejects.toThrow('password authentication failed');
    expect(watch.output()).toMatch(
      /server: gave userdb_user its password again, which was changed while userdb_user_2 was still open, and ended \d+ of its sessions\n/,
    );
    // Whose time is over changes nothing any more; and without a rotation the next run does the same.
    await until(
      async () => (await lab.admin('SELECT FROM shared_postgresql.former_login WHERE verifier IS NOT NULL')).length === 0,
    );
    await lab.as(USER, "ALTER ROLE userdb_user PASSWORD 'planted'");
    const again = await withClient(planted, async (client) => {
      client.on('error', () => undefined);
      const output = await change(2);
      await expect(client.query('SELECT')).rejects.toThrow();
      return output;
    });
    expect(again).toContain('user-service: set the password of userdb_user\n');
  }, 240_000);

  test('ends the former login early, once the other is in use and nobody comes by it any more', async (context) => {
    const lab = await start(context, '1h');
    const watch = startWatch(lab.manifests(), lab.server.port, { QUIET_SECONDS: '1' });
    context.onTestFinished(() => watch.stop());
    const held = await lab.hold(USER);
    await rotate(lab, 1, SCHEMA, '1h');
    const second = await lab.hold(USER);
    await sleep(40_000);
    expect(await canLogin(lab, 'userdb_user')).toBe(true);
    await held.end();
    await until(async () => !(await canLogin(lab, 'userdb_user')));
    // Nobody came by the role's, and nobody came by the one in its place either.
    expect(await canLogin(lab, 'userdb_report')).toBe(true);
    await second.query('SELECT');
    await second.end();
  }, 240_000);
});

test('a service whose logins were rotated takes another name, and what stops it locks none of them', async (context) => {
  const lab = endWith(context, await startProvisionedLab(15, { values: valuesAt(1), files: SCHEMA }));
  const renamed = (more: string, roles = ''): string =>
    valuesAt(1)
      .replace('user-service: {', `people-service: { database: userdb, user: userdb_user, ${more}`)
      .replace('roles: {', `roles: {${roles}`);
  const [database] = await lab.admin<{ oid: number }>("SELECT oid::integer FROM pg_database WHERE datname = 'userdb'");
  await lab.change({ values: renamed(`adopt: confirm-userdb-${database?.oid ?? 0},`) });
  const { code, output } = await lab.job();
  expect(code, output).toBe(0);
  await lab.admin('CREATE ROLE userdb_audit');
  await lab.change({ values: renamed('', ' audit: {},') });
  const refused = await lab.job();
  expect(refused.output).toContain('people-service: refused: role userdb_audit exists, and provisioning did not make it');
  expect(refused.output).not.toContain('NOLOGIN');
  for (const secret of ['people-service-db-secret', 'people-service-report-db-secret'])
    expect(await lab.as(secret, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
}, 60_000);

// pg_dump of Debian is that of 15.
test('a backup is made by whichever login is in use, also while that changes, and can be restored', async (context) => {
  const args = ['--set', 'backup.schedule=@daily'];
  const { lab, folder } = await startBackedUpLab(context, { values: valuesAt(0), files: SCHEMA, args });
  const first = lab.login(USER);
  await lab.as(USER, 'INSERT INTO rows SELECT FROM generate_series(1, 50000)');
  const meanwhile = runBackup(lab.manifests(), lab.server.port, folder, { script: 'backup.sh' });
  await lab.change({ values: valuesAt(1), files: SCHEMA, args });
  const job = await lab.job();
  expect(job.code, job.output).toBe(0);
  const before = await meanwhile;
  expect(before.code, before.output).toBe(0);
  const after = await runBackup(lab.manifests(), lab.server.port, folder);
  expect(after.code, after.output).toBe(0);
  expect(readdirSync(join(folder, 'user-service')).filter((name) => name.endsWith('Z'))).toHaveLength(2);
  // As with a Secret of somebody's own that was not changed.
  const unchanged = await runJob(withSecretText(lab.manifests(), USER, 'password', String(first.password)), lab.server.port);
  expect(unchanged.output).toContain(
    'reported: user-service: -- another password for userdb_user_2, in its Secret  -- it has the one that userdb_user had, in whose place it is, and whoever knew that comes in\n',
  );
}, 120_000);

test('the admin has another password as soon as its Secret has it and the one before, and its sessions live on', async (context) => {
  const lab = endWith(context, await startProvisionedLab(18, { values: valuesAt(0), files: SCHEMA }));
  const session = await lab.adminSession();
  context.onTestFinished(() => session.end());
  const { password = '' } = dataOf(pick(lab.manifests(), 'Secret', ADMIN_SECRET));
  const rotated = withSecretText(lab.manifests(), ADMIN_SECRET, 'password', 'another: \\ "password"');
  const withoutFormer = await runJob(rotated, lab.server.port);
  expect(withoutFormer.output).toContain("server: its password for the admin is not the one in the admin's Secret\n");
  const manifests = withSecretText(rotated, ADMIN_SECRET, 'former-password', password);
  const { code, output } = await runJob(manifests, lab.server.port);
  expect(output).toMatch(/^server: set the password of postgres\n/);
  expect(code, output).toBe(0);
  await session.query('SELECT');
  const admin = { host: '127.0.0.1', port: lab.server.port, user: 'postgres', database: 'postgres' };
  await expect(withClient({ ...admin, password }, (client) => client.query('SELECT'))).rejects.toThrow(
    'password authentication failed',
  );
  expect((await runJob(manifests, lab.server.port)).output).toBe('2 services: 2 well, 0 not\n');
});
