import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test, type TestContext } from 'vitest';
import { startWatch } from '../tools/job.ts';
import { endWith, startProvisionedLab, type Lab } from '../tools/lab.ts';
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

/** Eight clients that connect, write a row and disconnect, again and again. Each reads anew how to log in. */
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
      await sleep(20);
    }
  };
  const clients = Array.from({ length: 8 }, work);
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
  const canLogin = async (lab: Lab, user: string): Promise<boolean> =>
    (await lab.admin(`SELECT FROM pg_roles WHERE rolname = '${user}' AND rolcanlogin`)).length > 0;
  const ownersIn = async (lab: Lab): Promise<unknown> =>
    (
      await lab.admin<{ owner: string }>(
        `SELECT DISTINCT tableowner::text AS owner FROM pg_tables WHERE schemaname = 'public'`,
        'userdb',
      )
    ).map(({ owner }) => owner);

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
    expect(connected).toBeGreaterThan(100);
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
});
