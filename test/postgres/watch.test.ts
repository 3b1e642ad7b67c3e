/** @module-tag quarter */
import type pg from 'pg';
import { describe, expect, test, type TestContext } from 'vitest';
import { startWatch, type Running } from '../tools/job.ts';
import { endWith, startLab, startProvisionedLab, type Lab } from '../tools/lab.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';

/*
 * Any login can queue for a lock on a shared catalog or a database before it is asked for privileges, or fill the table of locks: then
 * nobody logs in, the admin neither. PostgreSQL cannot prevent it. The container beside the server, as it was rendered, ends it.
 */
const VALUES = 'services:\n  a-service: { connectionLimit: 10 }\n  b-service: {}\n';
const A = 'a-service-db-secret';
const B = 'b-service-db-secret';

/** Whoever reads a text as a value of it never comes to an end. */
const ENDLESS_DOMAIN = `
  CREATE FUNCTION evil(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(100000); RETURN true; END $$;
  CREATE DOMAIN d AS text CHECK (evil(VALUE))`;

interface Deaf {
  /** What its session hears in the end. */
  readonly answer: Promise<unknown>;
  readonly wake: () => void;
}

describe.each(POSTGRES_MAJORS)('a service that keeps all the others waiting on PostgreSQL %i', { concurrent: true }, (major) => {
  const start = async (context: TestContext, values = VALUES): Promise<Lab> =>
    endWith(context, await startProvisionedLab(major, { values }));
  const startWatching = async (
    { onTestFinished }: TestContext,
    lab: Lab,
    environment: Record<string, string> = { PATIENCE_SECONDS: '1' },
  ): Promise<Running> => {
    const watch = startWatch(lab.manifests(), lab.server.port, environment);
    onTestFinished(() => watch.stop());
    await until(
      () =>
        lab.admin(
          `SELECT FROM pg_stat_activity WHERE application_name = 'shared-postgresql-provisioning' AND state = 'idle in transaction'`,
        ),
      1,
    );
    return watch;
  };

  /**
   * Has a session run a statement that heeds no termination until it is woken: its process is stopped. There are functions of PostgreSQL that
   * do the same (one is tried below), but they take a processor for as long.
   */
  const deafen = async ({ onTestFinished }: TestContext, lab: Lab, session: pg.Client): Promise<Deaf> => {
    const { rows } = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const pid = rows[0]?.pid ?? NaN;
    const answer = session.query('SELECT pg_sleep(100000)').catch(String);
    await until(() => lab.admin(`SELECT FROM pg_stat_activity WHERE pid = ${pid} AND wait_event = 'PgSleep'`), 1);
    process.kill(pid, 'SIGSTOP');
    let isStopped = true;
    const wake = (): void => {
      if (isStopped) process.kill(pid, 'SIGCONT');
      isStopped = false;
    };
    onTestFinished(wake);
    return { answer, wake };
  };

  const seconds = async (work: () => Promise<unknown>): Promise<number> => {
    const started = performance.now();
    await work();
    return (performance.now() - started) / 1000;
  };

  const QUEUES = [
    'CREATE RULE r AS ON INSERT TO pg_catalog.pg_database DO NOTHING',
    'CREATE TABLE p PARTITION OF pg_catalog.pg_database DEFAULT',
    'CREATE RULE r AS ON INSERT TO pg_catalog.pg_authid DO NOTHING',
    'CREATE TRIGGER t BEFORE INSERT ON pg_catalog.pg_authid EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'ALTER TABLE pg_catalog.pg_db_role_setting ADD COLUMN x int',
    'LOCK TABLE pg_catalog.pg_database',
  ];

  const ATTEMPTS = [
    ...QUEUES.map((sql) => ({
      open: 'BEGIN; SELECT count(*) FROM pg_catalog.pg_database, pg_catalog.pg_roles, pg_catalog.pg_db_role_setting',
      queued: sql,
    })),
    { open: `BEGIN; ALTER ROLE CURRENT_USER IN DATABASE bdb SET application_name = 'x'`, queued: 'DROP DATABASE bdb' },
    { open: `BEGIN; ALTER ROLE CURRENT_USER IN DATABASE postgres SET application_name = 'x'`, queued: 'DROP DATABASE postgres' },
  ];

  test('by a lock on a shared catalog or a database is ended, and named', async (context) => {
    // Two servers side by side, each with half of the attempts: they wait most of the time.
    const halves = [ATTEMPTS.slice(0, ATTEMPTS.length / 2), ATTEMPTS.slice(ATTEMPTS.length / 2)];
    const outputs = await Promise.all(halves.map((attempts) => tryInTurn(context, attempts)));
    expect(outputs.join('')).toMatch(/^server: ended session \d+ of adb_user: it queued for what every login needs$/m);
    expect(outputs.join('')).not.toContain('bdb_user');
  });

  const tryInTurn = async (context: TestContext, attempts: typeof ATTEMPTS): Promise<string> => {
    const lab = await start(context);
    const watch = await startWatching(context, lab);
    for (const { open, queued } of attempts) {
      const [one, two] = [await lab.hold(A), await lab.hold(A)];
      await one.query(open);
      const answer = two.query(queued).then(
        () => 'done',
        (error: unknown) => String(error),
      );
      const waited = await seconds(() => lab.as(B, 'SELECT 1'));
      expect(waited, queued).toBeLessThan(15);
      await lab.admin('SELECT 1');
      await Promise.all([one.end(), two.end()].map((end) => end.catch(() => undefined)));
      expect(await answer, queued).not.toBe('done');
    }
    return watch.output();
  };

  test('by queueing for all that a login needs, with one session after the other, keeps nobody out', async (context) => {
    const lab = await start(context, 'services:\n  a-service: { connectionLimit: 20 }\n  b-service: {}\n');
    const watch = await startWatching(context, lab, {});
    const reader = await lab.hold(A);
    await reader.query(
      'BEGIN; SELECT FROM pg_catalog.pg_database, pg_catalog.pg_roles, pg_catalog.pg_auth_members, pg_catalog.pg_db_role_setting',
    );
    const sessions = await Promise.all(Array.from({ length: 16 }, () => lab.hold(A)));
    const queueAgainAndAgain = async (catalog: string): Promise<void> => {
      for (let session = sessions.pop(); session; session = sessions.pop())
        await session.query(`CREATE RULE r AS ON INSERT TO pg_catalog.${catalog} DO NOTHING`).catch(() => undefined);
    };
    const queues = ['pg_authid', 'pg_database', 'pg_auth_members', 'pg_db_role_setting'].map(queueAgainAndAgain);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await lab.as(B, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await Promise.all(queues);
    expect(await lab.as(B, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await until(() => Promise.resolve(watch.output().match(/^server: ended session \d+ of adb_user: it queued/gm) ?? []), 16);
    await reader.end();
  });

  test('by evaluating something while it holds a catalog, or after the watch had to forget its role, is ended', async (context) => {
    const lab = await start(context);
    await lab.as(A, ENDLESS_DOMAIN);
    await startWatching(context, lab);
    const [one, two, three] = [await lab.hold(A), await lab.hold(A), await lab.hold(A)];
    // The lock comes first, then the literal is read, which evaluates the CHECK, then the privilege is asked for.
    const first = one.query(`CREATE RULE r AS ON INSERT TO pg_catalog.pg_authid DO ALSO SELECT '{x}'::d[]`).catch(String);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await seconds(() => lab.as(B, 'SELECT 1'))).toBeLessThan(15);
    await first;
    await two.query('BEGIN; SELECT count(*) FROM pg_catalog.pg_roles');
    await three.query(`ALTER ROLE CURRENT_USER SET application_name = 'forget'`);
    const second = lab
      .hold(A)
      .then((four) => four.query('CREATE RULE r AS ON INSERT TO pg_catalog.pg_authid DO NOTHING').catch(String));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await seconds(() => lab.as(B, 'SELECT 1'))).toBeLessThan(15);
    await second;
  });

  // How a login is kept waiting is the business of the server; what ends it is that of the scripts, which do the same on any.
  if (major !== 18) return;

  test('by a lock on a shared catalog is ended when its login was made a moment ago', async (context) => {
    const lab = endWith(context, await startLab(major, { values: VALUES }));
    const watch = await startWatching(context, lab);
    const { code, output } = await lab.job();
    expect(code, output).toBe(0);
    const session = await lab.hold(A);
    const answer = session.query('CREATE RULE r AS ON INSERT TO pg_catalog.pg_authid DO NOTHING').catch(String);
    expect(await seconds(() => lab.as(B, 'SELECT 1'))).toBeLessThan(15);
    expect(await answer).toContain('terminating connection');
    const told = /^server: ended session \d+ of adb_user: it queued for what every login needs$/m;
    await expect.poll(() => watch.output(), { timeout: 10_000 }).toMatch(told);
  });

  test('by all the locks that there are is ended, and named', async (context) => {
    const lab = await start(context);
    const watch = await startWatching(context, lab);
    const hoarder = await lab.hold(A);
    await expect(
      hoarder.query('DO $$ BEGIN FOR i IN 1..1000000 LOOP PERFORM pg_advisory_lock(i); END LOOP; END $$'),
    ).rejects.toThrow('out of shared memory');
    await until(() => lab.as(B, 'SELECT 1'), 1);
    await until(() => Promise.resolve(/^server: ended session \d+ of adb_user: its locks, \d+, /m.exec(watch.output()) ?? []), 1);
  });

  test('in the moment in which the watch lets go does not stop it', async (context) => {
    const lab = await start(context);
    await lab.as(A, ENDLESS_DOMAIN);
    await startWatching(context, lab);
    const attacker = await lab.hold(A);
    const admin = await lab.adminSession();
    // Makes that moment longer: the watch reads this table in it.
    await admin.query('BEGIN; LOCK TABLE shared_postgresql.login');
    const letsGo = `SELECT WHERE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'pg_authid'::regclass AND mode = 'AccessShareLock')`;
    await until(async () => (await admin.query<object>(letsGo)).rows, 1);
    const answer = attacker.query(`CREATE RULE r AS ON INSERT TO pg_catalog.pg_authid DO ALSO SELECT '{x}'::d[]`).catch(String);
    await admin.query('COMMIT');
    await until(() => lab.as(B, 'SELECT 1'), 1);
    expect(await answer).toContain('terminating connection');
    await admin.end();
  });

  test('by many sessions that heed no termination keeps the watch from the others no longer than one of them', async (context) => {
    const lab = await start(context);
    const watch = await startWatching(context, lab);
    const sessions = await Promise.all([1, 2, 3].map(() => lab.hold(A)));
    const take = (session: pg.Client, key: number, count: number): Promise<unknown> =>
      session.query(`BEGIN; SELECT count(pg_advisory_lock(${key}, i)) FROM generate_series(1, ${count}) AS i`);
    for (const [key, session] of sessions.entries()) await take(session, key, 2100);
    const deaf = await Promise.all(sessions.map((session) => deafen(context, lab, session)));
    // All of them are deaf before their locks are too many.
    await take(await lab.hold(A), 3, 500);
    const named = (): string[] =>
      watch.output().match(/^server: session \d+ of adb_user fills the table of locks and heeds/gm) ?? [];
    expect(await seconds(() => until(() => Promise.resolve(named()), 3))).toBeLessThan(13);
    for (const { wake, answer } of deaf) {
      wake();
      expect(await answer).toMatch(/terminat/);
    }
  });

  test('by a lock leaves those alone that only read what it wants', async (context) => {
    const lab = await start(context);
    const watch = await startWatching(context, lab);
    const reader = await lab.hold(B);
    await reader.query('BEGIN; SELECT datname FROM pg_catalog.pg_database');
    const one = await lab.hold(A);
    const answer = one.query('CREATE RULE r AS ON INSERT TO pg_catalog.pg_database DO NOTHING').catch(String);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await seconds(() => lab.as(B, 'SELECT 1'))).toBeLessThan(15);
    expect((await reader.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect(watch.output()).not.toContain('bdb_user');
    await answer;
    await reader.end();
  });

  test('that waits for others itself, or keeps nobody waiting, is left alone', async (context) => {
    const lab = await start(context);
    const watch = await startWatching(context, lab);
    const [one, two] = [await lab.hold(A), await lab.hold(A)];
    await one.query('CREATE TABLE t (i int)');
    await one.query('BEGIN; LOCK TABLE t');
    const waiting = two.query('SELECT i FROM t');
    await new Promise((resolve) => setTimeout(resolve, 5000));
    await one.query('COMMIT');
    expect((await waiting).rows).toEqual([]);
    await Promise.all([one.end(), two.end()]);
    expect(watch.output()).toBe('');
  });

  test('with what heeds no termination is told to end, and named once', async (context) => {
    const lab = await start(context, 'services:\n  a-service: { connectionLimit: 10 }\n');
    const one = await lab.hold(A);
    await one.query(`ALTER ROLE CURRENT_USER IN DATABASE adb SET work_mem = '4MB'`);
    await one.query(`BEGIN; ALTER ROLE CURRENT_USER IN DATABASE adb SET work_mem = '5MB'`);
    const deaf = await deafen(context, lab, one);
    await lab.change({ values: VALUES });
    // Long enough that it is looked at again after it was named.
    setTimeout(deaf.wake, 15_000);
    const { output } = await lab.job({ PATIENCE_SECONDS: '1' });
    const sentence = 'keeps others waiting and heeds no termination: it ends with its statement, or with the server';
    expect(output.match(/^server: session \d+ of adb_user .*$/gm)).toEqual([expect.stringContaining(sentence)]);
    expect(output).not.toContain('server: ended session');
    expect(await deaf.answer).toMatch(/terminat/);
  });

  test('is ended as well when it was taken out of the values and has its key no more, by a watch that came later', async (context) => {
    const lab = await start(context);
    const [one, two] = [await lab.hold(A), await lab.hold(A)];
    await lab.change({ values: 'services: { b-service: {} }\n' });
    expect((await lab.job()).code).toBe(0);
    await lab.admin('REVOKE adb FROM adb_user');
    const watch = await startWatching(context, lab);
    await one.query('BEGIN; SELECT count(*) FROM pg_catalog.pg_database, pg_catalog.pg_roles');
    const answer = two.query('CREATE RULE r AS ON INSERT TO pg_catalog.pg_database DO NOTHING').catch(String);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await seconds(() => lab.as(B, 'SELECT 1'))).toBeLessThan(15);
    await until(() => Promise.resolve(/^server: ended session \d+ of adb_user/m.exec(watch.output()) ?? []), 1);
    await answer;
    await one.end();
  });

  test('finds the watch back when its session was ended', async (context) => {
    const lab = await start(context);
    const watch = await startWatching(context, lab, { WAIT_SECONDS: '5' });
    // However long it has been there: it waits for the server as long as at its beginning.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const session = `SELECT pid FROM pg_stat_activity WHERE application_name = 'shared-postgresql-provisioning'`;
    const [first] = await lab.admin<{ pid: number }>(session);
    await lab.admin(`SELECT pg_terminate_backend(${first?.pid ?? 0})`);
    await until(async () => (await lab.admin<{ pid: number }>(session)).filter(({ pid }) => pid !== first?.pid), 1);
    expect(watch.output()).toBe('server: the session that watches over the others ended; it is opened again\n');
  });

  test('by a session that heeds nothing keeps a confirmed drop only until its time is over', async (context) => {
    const lab = await start(context);
    const [{ oid } = { oid: 0 }] = await lab.admin<{ oid: number }>(`SELECT oid FROM pg_database WHERE datname = 'bdb'`);
    await lab.change({ values: VALUES.replace('b-service: {}', 'b-service: { enabled: false }') });
    expect((await lab.job()).code).toBe(0);
    await lab.change({
      values: VALUES.replace('b-service: {}', `b-service: { enabled: false, drop: confirm-bdb-${oid}-without-backup }`),
    });
    // Seconds of a processor, in a library that asks nobody whether it should go on.
    const deaf = lab.as(A, `SELECT xpath('//*[count(//*[count(//*)>0])>0]', ('<r>' || repeat('<a/>', 850) || '</r>')::xml)`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const job = await lab.job({ SCHEMA_FILE_SECONDS: '1' });
    expect(job.output).toContain('ERROR:  canceling statement due to statement timeout\n');
    expect(job.output).toContain('not done: DROP DATABASE bdb\n');
    expect(job.code).toBe(1);
    await deaf;
    expect((await lab.job()).code).toBe(0);
    expect(await lab.admin(`SELECT FROM pg_database WHERE datname = 'bdb'`)).toEqual([]);
  });

  test('is ended by a run that has to wait for it, and a new service has its roles all the same', async (context) => {
    const lab = await start(context, 'services:\n  a-service: { connectionLimit: 10 }\n');
    const one = await lab.hold(A);
    await one.query(`ALTER ROLE CURRENT_USER IN DATABASE adb SET work_mem = '4MB'`);
    await one.query(`BEGIN; ALTER ROLE CURRENT_USER IN DATABASE adb SET work_mem = '5MB'`);
    await lab.change({ values: VALUES });
    const job = await lab.job({ PATIENCE_SECONDS: '1' });
    expect(job.output).toMatch(/^server: ended session \d+ of adb_user \(idle in transaction\)/m);
    expect(job.output).toContain('2 services: 2 well, 0 not\n');
    expect(await lab.as(B, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('by its own catalogs keeps neither Job nor command longer than it lasts to end it', async (context) => {
    const lab = await start(context);
    const [one, two] = [await lab.hold(A), await lab.hold(A)];
    await one.query('BEGIN; SELECT count(*) FROM pg_catalog.pg_class');
    const answer = two.query('CREATE TABLE p PARTITION OF pg_catalog.pg_class DEFAULT').catch((error: unknown) => String(error));
    await until(() => lab.admin('SELECT FROM pg_locks WHERE NOT granted'), 1);
    const job = await lab.job({ COMPARE: 'all', PATIENCE_SECONDS: '1' });
    expect(job.output).toContain('b-service: well after');
    expect(job.output).toMatch(/^server: ended session \d+ of adb_user/m);
    await answer;
    expect((await lab.command('verify')).code).toBe(0);
  });
});

/** Tries again and again, for a minute at most. Throws what went wrong the last time. */
async function until(attempt: () => Promise<unknown[]>, least: number): Promise<void> {
  const started = performance.now();
  for (;;) {
    const isLast = performance.now() - started > 60_000;
    try {
      if ((await attempt()).length >= least) return;
      if (isLast) throw new Error('it did not happen within a minute');
    } catch (error) {
      if (isLast) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
