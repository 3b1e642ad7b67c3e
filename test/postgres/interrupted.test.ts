/** @module-tag quarter */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, type TestContext } from 'vitest';
import { handOver } from '../../generator/laptop/identity.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runBackup, runFinal, runRestore, startJob, type JobResult, type Running } from '../tools/job.ts';
import { type Lab, startBackedUpLab } from '../tools/lab.ts';
import { dataOf, pick, type Manifest } from '../tools/manifests.ts';
import { runOk } from '../tools/run.ts';

/*
 * Restores and last backups that are killed at a step, and what goes on beside them, on PostgreSQL 15, whose pg_restore is a Debian package.
 */
const INPUT = {
  values: `services:
  a-service: {}
  b-service: { connectionLimit: 2 }
`,
  files: { 'schema/databases/b-service/001_words.sql': 'CREATE TABLE word (text text PRIMARY KEY);\n' },
  args: ['--set', 'backup.schedule=@daily'],
};

interface Archive {
  readonly lab: Lab;
  readonly folder: string;
  backUp(): Promise<void>;
  restore(environment?: Record<string, string>): Promise<JobResult>;
  words(): Promise<object[]>;
}

async function start(context: TestContext): Promise<Archive> {
  const { lab, folder } = await startBackedUpLab(context, INPUT);
  return {
    lab,
    folder,
    backUp: async () => {
      expect((await runBackup(lab.manifests(), lab.server.port, folder, { script: 'backup.sh' })).code).toBe(0);
    },
    restore: (environment = {}) =>
      runRestore(lab.manifests(), lab.server.port, folder, { SERVICES: 'b-service', ...environment }),
    words: () => lab.as('b-service-db-secret', 'SELECT text FROM word ORDER BY 1'),
  };
}

const limits = (lab: Lab): Promise<object[]> => lab.admin("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'bdb_user'");

test("a pool that is back at once, an upgrade meanwhile and a service that is not well are in no restore's way", async (context) => {
  const archive = await start(context);
  const { lab } = archive;
  await lab.as('b-service-db-secret', "INSERT INTO word VALUES ('before')");
  await archive.backUp();
  const before = lab.manifests();
  const pool = keepConnected(lab);
  const waiting = writeFile("SELECT pg_sleep(600) AS masking; INSERT INTO word VALUES ('masked')");
  const { folder: BACKUPS } = archive;
  const restore = startJob(before, 'restore', lab.server.port, { BACKUPS, SERVICES: 'b-service', MASK: waiting });
  await isRunning(lab, 'masking');
  // What is not masked yet is for nobody.
  await expect(lab.as('b-service-db-secret', 'SELECT text FROM word', { database: 'bdb+restored' })).rejects.toThrow(
    'pg_hba.conf rejects connection',
  );
  // What the restore has made is left alone, and so are the connections that it needs.
  await lab.change({ ...INPUT, values: `${INPUT.values}  c-service: {}\n`, files: { ...INPUT.files, ...WRONG } });
  const upgrade = await lab.job();
  expect(upgrade.output).not.toMatch(/^(b-service|server|retained|reported)/m);
  expect(upgrade.output).toContain('not well: a-service; ');
  // What values.yaml says at the end of the restore holds from then on: the kubelet brings it.
  const { 'desired.json': desired = '' } = dataOf(pick(lab.manifests(), 'ConfigMap', /-desired$/));
  const changed = desired.replace('"connectionLimit":2,', '"connectionLimit":3,');
  writeFileSync(join(restore.root, 'provisioning/desired/..data/desired.json'), changed);
  await lab.admin("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%masking%' AND pid <> pg_backend_pid()");
  await expect.poll(() => restore.output(), { timeout: 60_000 }).toContain('not restored: b-service');
  expect(restore.output()).toContain('canceling statement due to user request');
  expect(await limits(lab)).toEqual([{ rolconnlimit: 3 }]);
  const { code, output } = await runRestore(before, lab.server.port, archive.folder, { SERVICES: 'b-service' });
  expect(output).toMatch(/^b-service: what was there is database/m);
  expect(code).toBe(0);
  pool.stop();
  expect(await archive.words()).toEqual([{ text: 'before' }]);
  expect(await limits(lab)).toEqual([{ rolconnlimit: 2 }]);
  // A pod that was given the values of before the upgrade takes nothing of it back.
  expect(await lab.as('c-service-db-secret', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect((await lab.command('plan')).output).not.toContain('b-service');
  expect(await lab.admin("SELECT FROM shared_postgresql.login WHERE service LIKE '%restored'")).toEqual([]);
});

const WRONG = { 'schema/databases/a-service/002_wrong.sql': 'SELECT 1 / 0;\n' };

/** As many sessions as the service may have, each of which comes again as soon as it is ended, as those of a pool do. */
function keepConnected(lab: Lab): { stop(): void } {
  const over = new AbortController();
  const stay = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const ended = lab
        .hold('b-service-db-secret')
        .then((session) => Promise.race([once(session, 'end'), once(over.signal, 'abort')]).then(() => session.end()));
      await ended.catch(() => sleep(50));
    }
  };
  void Promise.all([stay(), stay()]);
  return { stop: () => over.abort() };
}

function writeFile(text: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'mask.sql'), text);
  handOver(folder);
  return join(folder, 'mask.sql');
}

/** Waits until a session of a service runs something with this word in it. */
async function isRunning(lab: Lab, word: string): Promise<void> {
  const running = `SELECT 1 AS one FROM pg_stat_activity WHERE query LIKE '%${word}%' AND state = 'active' AND pid <> pg_backend_pid()`;
  await expect.poll(() => lab.admin(running), { timeout: 60_000, interval: 100 }).not.toEqual([]);
}

/** The manifests, with a script that waits before the line that begins so: whoever kills it there knows where it was. */
function pausing(manifests: readonly Manifest[], script: string, line: string): Manifest[] {
  const config = pick(manifests, 'ConfigMap', /-backup$/);
  const data = dataOf(config);
  const text = data[script] ?? '';
  const paused = text.replace(`\n${line}`, () => `\nSELECT pg_sleep(600) AS paused \\g /dev/null\n${line}`);
  if (paused === text) throw new Error(`no line of ${script} begins with ${line}`);
  return manifests.map((each) => (each === config ? { ...config, data: { ...data, [script]: paused } } : each));
}

/** Kills a run when it waits, and waits until the server has noticed. */
async function killPaused(lab: Lab, run: Running): Promise<void> {
  await isRunning(lab, 'AS paused').catch((error: unknown) => {
    throw new Error(run.output(), { cause: error });
  });
  run.kill();
  const left = "SELECT application_name, state, query FROM pg_stat_activity WHERE application_name LIKE 'shared-postgresql-%'";
  await expect.poll(() => lab.admin(left), { timeout: 60_000 }).toEqual([]);
}

test('a night that is killed leaves nothing that is taken for a backup or a rehearsal, and the next is whole', async (context) => {
  const { lab, folder } = await start(context);
  const files = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const night = (script: string, line: string): Running =>
    startJob(pausing(lab.manifests(), script, line), 'backup', lab.server.port, { BACKUPS: folder });
  await killPaused(lab, night('manifest.psql', 'SELECT jsonb_pretty'));
  expect(files().filter((name) => name.endsWith('Z'))).toEqual([]);
  expect(files()).toContainEqual(expect.stringMatching(/unfinished.*toc\.dat$/));
  // The throw-away server is in the middle of what it compares.
  const rehearsing = night('sequences.psql', 'SELECT format');
  const restored = join(rehearsing.root, 'scratch/rehearsal/list');
  await expect.poll(() => existsSync(restored), { timeout: 60_000 }).toBe(true);
  const server = Number.parseInt(readFileSync(join(rehearsing.root, 'scratch/rehearsal/data/postmaster.pid'), 'utf8'));
  rehearsing.kill();
  process.kill(server, 'SIGQUIT');
  expect(files().filter((name) => name.endsWith('Z'))).toHaveLength(2);
  expect(files()).not.toContainEqual(expect.stringMatching(/(rehearsed|failed)$/));
  const { code, output } = await runBackup(lab.manifests(), lab.server.port, folder);
  expect(output).toMatch(/^b-service: .* restored and compared/m);
  expect(code, output).toBe(0);
  expect(files()).not.toContainEqual(expect.stringContaining('unfinished'));
});

test('a restore that is killed while names change, or before or after, shuts nobody out, and the next ends it', async (context) => {
  const archive = await start(context);
  const { lab, folder } = archive;
  await lab.as('b-service-db-secret', "INSERT INTO word VALUES ('old')");
  await archive.backUp();
  await lab.as('b-service-db-secret', "UPDATE word SET text = 'new'");
  for (const [script, line, word] of [
    ['announce.psql', 'INSERT INTO', 'new'],
    ['swap.psql', 'ALTER DATABASE :"database" RENAME', 'new'],
    ['swap.psql', 'ALTER DATABASE :"beside" RENAME', 'new'],
    ['swap.psql', 'COMMIT', 'new'],
    ['settle.psql', 'DELETE FROM', 'old'],
  ] as const) {
    const environment = { BACKUPS: folder, SERVICES: 'b-service' };
    await killPaused(lab, startJob(pausing(lab.manifests(), script, line), 'restore', lab.server.port, environment));
    expect([line, ...(await archive.words())]).toEqual([line, { text: word }]);
  }
  await lab.as('b-service-db-secret', "UPDATE word SET text = 'newest'");
  const { code, output } = await archive.restore();
  expect(code, output).toBe(0);
  expect(await archive.words()).toEqual([{ text: 'old' }]);
  // What was there each time is kept; nothing else is left.
  const kept = await lab.admin<{ datname: string }>("SELECT datname FROM pg_database WHERE datname LIKE 'bdb_%' ORDER BY 1");
  expect(await Promise.all(kept.map(({ datname }) => lab.admin('SELECT text FROM word', datname)))).toEqual([
    [{ text: 'new' }],
    [{ text: 'newest' }],
  ]);
  expect(await limits(lab)).toEqual([{ rolconnlimit: 2 }]);
  expect((await lab.job()).output).not.toMatch(/^b-service:/m);
});

test('pg_restore that is killed while it fills a table, alone or with its pod, leaves the service as it was, and the next goes through', async (context) => {
  const { lab, folder, ...archive } = await start(context);
  await lab.as('b-service-db-secret', `INSERT INTO word VALUES ('old'); ${WAITS_WHEN_RESTORED}`);
  await archive.backUp();
  await lab.as('b-service-db-secret', "UPDATE word SET text = 'new'");
  const alone = await startFilling(lab, folder);
  process.kill(await findRestore(folder), 'SIGKILL');
  await expect.poll(() => alone.output(), { timeout: 60_000 }).toContain('not restored: b-service');
  expect(alone.output()).toContain(
    'b-service: ERROR:  pg_restore was killed, most often because its pod has less memory than it needs (backup.resources)\n',
  );
  expect(alone.output()).toMatch(/^b-service: backup \S+ was not restored; the service's database is as it was$/m);
  expect(await leftOf(lab)).toEqual([]);
  expect(await archive.words()).toEqual([{ text: 'new' }]);
  const pod = await startFilling(lab, folder);
  pod.kill();
  await expect.poll(() => lab.admin(SESSIONS), { timeout: 60_000 }).toEqual([]);
  expect(await archive.words()).toEqual([{ text: 'new' }]);
  // Nobody takes what is half filled for a database, nor has it stand in the way.
  expect((await lab.job()).output).toContain('bdb+restored');
  await expect(lab.as('b-service-db-secret', 'SELECT', { database: 'bdb+restored' })).rejects.toThrow('pg_hba.conf rejects');
  await lab.admin('CREATE ROLE go_on');
  const { code, output } = await archive.restore();
  expect(code, output).toBe(0);
  expect(await archive.words()).toEqual([{ text: 'old' }]);
  expect(await leftOf(lab)).toEqual([]);
  expect(await limits(lab)).toEqual([{ rolconnlimit: 2 }]);
});

/** A table whose row can be restored only when there is such a role, or where it is checked at home. */
const WAITS_WHEN_RESTORED = `CREATE FUNCTION waits() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  WHILE current_database() <> 'bdb' AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'go_on') LOOP PERFORM pg_sleep(0.1); END LOOP;
  RETURN true;
END$$;
CREATE TABLE waiting (i integer CHECK (public.waits()));
INSERT INTO waiting VALUES (1)`;

const SESSIONS =
  "SELECT query FROM pg_stat_activity WHERE datname LIKE '%+restored' OR application_name LIKE 'shared-postgresql-%'";

/** Starts a restore, and waits until it has filled one table and cannot fill the other. */
async function startFilling(lab: Lab, folder: string): Promise<Running> {
  const run = startJob(lab.manifests(), 'restore', lab.server.port, { BACKUPS: folder, SERVICES: 'b-service' });
  const filled = (): Promise<unknown> => lab.admin('SELECT text FROM word', 'bdb+restored').catch(() => []);
  await expect.poll(filled, { timeout: 60_000 }).toEqual([{ text: 'old' }]);
  await isRunning(lab, 'COPY "public"."waiting"');
  return run;
}

/** The one that started the others, of those that restore from that folder. */
async function findRestore(folder: string): Promise<number> {
  const stdout = await runOk('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  const all = stdout
    .split('\n')
    .map((line) => line.trim().split(/ +/))
    .filter(([, , program]) => program === 'pg_restore')
    .filter((words) => words.some((word) => word.startsWith(folder)));
  const pids = all.map(([pid]) => pid);
  const [first] = all.filter(([, parent]) => !pids.includes(parent));
  return Number(first?.[0]);
}

/** What is beside the service's database, and what says that something is. */
const leftOf = (lab: Lab): Promise<object[]> =>
  lab.admin(`SELECT datname AS name FROM pg_database WHERE datname LIKE '%+restored' UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE '%+restored'
    UNION ALL SELECT service FROM shared_postgresql.login WHERE service LIKE '%+restored'`);

test('a last backup that is killed at any step leaves no login open for good, and the next ends it', async (context) => {
  const { lab, folder } = await start(context);
  await lab.change({ ...INPUT, values: 'services: { a-service: {} }\n' });
  expect((await lab.job()).code).toBe(0);
  const logins = (): Promise<object[]> =>
    lab.admin("SELECT rolcanlogin, rolvaliduntil < now() + interval '25 hours' AS ends FROM pg_roles WHERE rolname = 'bdb_user'");
  for (const [script, line, state] of [
    ['let-in.psql', "SELECT format('ALTER ROLE", { rolcanlogin: false, ends: null }],
    ['contents.psql', 'SELECT format', { rolcanlogin: true, ends: true }],
    ['lock-out.psql', 'SELECT pg_terminate_backend', { rolcanlogin: false, ends: true }],
    ['seal.psql', 'WITH sealed', { rolcanlogin: false, ends: true }],
  ] as const) {
    const run = startJob(pausing(lab.manifests(), script, line), 'final', lab.server.port, { BACKUPS: folder });
    await killPaused(lab, run);
    expect([script, ...(await logins())]).toEqual([script, state]);
    expect(await lab.admin('SELECT FROM shared_postgresql.former_entry WHERE sealed IS NOT NULL')).toEqual([]);
  }
  await killPaused(
    lab,
    startJob(pausing(lab.manifests(), 'contents.psql', 'SELECT format'), 'final', lab.server.port, { BACKUPS: folder }),
  );
  expect((await lab.job()).output).toContain('server: ALTER ROLE bdb_user NOLOGIN  -- retained: ');
  const { code, output } = await runFinal(lab.manifests(), lab.server.port, folder);
  expect(output).toMatch(/^b-service: its last backup was rehearsed; /m);
  expect(code).toBe(0);
  expect(await logins()).toEqual([{ rolcanlogin: false, ends: true }]);
  // It comes back with all that it had.
  await lab.change(INPUT);
  expect((await lab.job()).code).toBe(0);
  expect(await lab.as('b-service-db-secret', 'SELECT text FROM word')).toEqual([]);
});
