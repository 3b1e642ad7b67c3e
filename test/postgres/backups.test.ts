/** @module-tag quarter */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, inject, test, type TestContext, vi } from 'vitest';
import { handOver } from '../../generator/laptop/identity.ts';
import type { DeploymentInput } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { runBackup, runBackupOnSmallDisk, type JobResult } from '../tools/job.ts';
import { endWith, type Lab, startBackedUpLab, startProvisionedLab } from '../tools/lab.ts';
import { run, runOk } from '../tools/run.ts';
import { canMount } from '../tools/server.ts';
import { replaceIn, seal, writeAsBefore } from './backups/tampering.ts';

/*
 * What a night does, on PostgreSQL 15, whose pg_dump is a Debian package: the pod's own scripts dump every service and restore every dump.
 */
const SCHEMA = readFileSync(join(import.meta.dirname, 'backups/every-kind.sql'), 'utf8');
const INPUT = {
  values: `postgresql: { allowedExtensions: [earthdistance] }
services:
  a-service: { extensions: [citext, earthdistance], roles: { reporting: {}, importer: { access: readwrite } } }
  b-service: { connectionLimit: 2, encoding: SQL_ASCII, locale: { provider: libc, name: C } }
`,
  files: { 'schema/databases/a-service/001_every_kind.sql': SCHEMA },
  args: ['--set', 'backup.schedule=@daily'],
};

interface Backups {
  readonly lab: Lab;
  readonly folder: string;
  run(environment?: Record<string, string>): Promise<JobResult>;
  /** The halves of a run. */
  backUp(environment?: Record<string, string>): Promise<JobResult>;
  rehearse(): Promise<JobResult>;
  /** The times of a service's backups, the oldest first. */
  of(service: string): string[];
}

async function start(context: TestContext, input: DeploymentInput = INPUT): Promise<Backups> {
  const { lab, folder } = await startBackedUpLab(context, input);
  return {
    lab,
    folder,
    run: (environment) => runBackup(lab.manifests(), lab.server.port, folder, { environment }),
    backUp: (environment) => runBackup(lab.manifests(), lab.server.port, folder, { script: 'backup.sh', environment }),
    rehearse: () => runBackup(lab.manifests(), lab.server.port, folder, { script: 'rehearse.sh' }),
    of: (service) => readdirSync(join(folder, service)).filter((name) => name.endsWith('Z')),
  };
}

test('every kind of thing is dumped and restored as it was', async (context) => {
  const backups = await start(context);
  await backups.lab.as(
    'b-service-db-secret',
    String.raw`DO $$ DECLARE odd text = convert_from('\xe9ff', 'SQL_ASCII'); BEGIN EXECUTE format('CREATE TABLE %I AS SELECT %1$L AS a; CREATE TABLE z (i serial)', odd); END $$`,
  );
  // What is no UTF-8 is no text to programs where the image sets this.
  const { code, output } = await backups.run({ LANG: 'C.UTF-8' });
  expect(
    output
      .replace(/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ/g, 'TIME')
      .replace(/\d+K|\d+ s/g, 'N')
      .split('\n')
      .sort()
      .join('\n'),
  ).toBe(`
a-service: backup TIME restored and compared, 14 tables and sequences, after N
a-service: backup TIME, N, after N
b-service: backup TIME restored and compared, 3 tables and sequences, after N
b-service: backup TIME, N, after N`);
  expect(code).toBe(0);
});

test('a service that blocks its dump has its time, loses nothing that was there, and delays nobody else', async (context) => {
  const backups = await start(context);
  expect((await backups.backUp()).code).toBe(0);
  const session = await backups.lab.hold('a-service-db-secret');
  await session.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
  const { code, output } = await backups.backUp({ SERVICE_SECONDS: '4' });
  expect(output).toContain('a-service: ERROR:  its backup did not end in 4 s; nothing of it is kept\n');
  expect(output).toContain('not backed up: a-service \n');
  expect(code).toBe(1);
  expect([backups.of('a-service').length, backups.of('b-service').length]).toEqual([1, 2]);
  expect(unfinishedIn(backups, 'a-service')).toEqual([]);
});

const unfinishedIn = ({ folder }: Backups, service: string): string[] =>
  readdirSync(join(folder, service)).filter((name) => name.startsWith('.unfinished'));

test.each([
  ['that is not there', '2026-01-01T00-00-00Z'],
  ['whose name is a command', 'x\n+NIGHTS[$(cd; touch mark)]'],
])('a base backup that names a full one %s does no harm', async (_, name) => {
  const folder = temporaryFolder();
  const home = temporaryFolder();
  const newest = join(folder, '+server/2026-01-02T00-00-00Z');
  mkdirSync(newest, { recursive: true });
  if (!name.endsWith('Z')) mkdirSync(join(folder, '+server', name));
  writeFileSync(join(newest, 'full'), `${name}\n`);
  // As backup.sh runs it, at its end.
  const script = String.raw`set -euo pipefail; . "$1/chain.sh"; . <(sed '/^main$/,$d; /^\. /d' "$1/backup.sh"); list_log() { :; }; warn_of_room; echo went on`;
  const result = await run('bash', ['-c', script, 'bash', join(PROJECT, 'chart/backup')], {
    env: { ...process.env, BACKUPS: folder, HOME: home, SERVICE_SECONDS: '1' },
  });
  expect(result.stdout).toBe('went on\n');
  expect(readdirSync(home)).toEqual([]);
});

const SOON = { interval: 5, timeout: 30_000 };
const WAITING = "SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'";

test('what is emptied while it is counted is counted as it was dumped', async (context) => {
  const backups = await start(context);
  await backups.lab.as(
    'b-service-db-secret',
    'CREATE TABLE a_large AS SELECT i FROM generate_series(1, 300000) AS i; CREATE TABLE b_large AS TABLE a_large; CREATE TABLE later AS SELECT 1 AS i',
  );
  const looking = await backups.lab.adminSession();
  const run = backups.run({ SERVICES: 'b-service' });
  const counting =
    "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT json_build_object%large%' AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
  const { pid } = await vi.waitUntil(async () => (await looking.query<{ pid: number }>(counting)).rows[0], SOON);
  process.kill(pid, 'SIGSTOP');
  // pg_dump writes it last.
  const isDumped = (): boolean =>
    unfinishedIn(backups, 'b-service').some((name) => existsSync(join(backups.folder, 'b-service', name, 'dump/toc.dat')));
  while (!isDumped()) {
    await setTimeout(200);
    // Stopped anywhere it may hold what the whole server waits for, and the dump with it: so it is let go on for a moment.
    process.kill(pid, 'SIGCONT');
    process.kill(pid, 'SIGSTOP');
  }
  const emptied = backups.lab.admin('TRUNCATE later', 'bdb');
  await vi.waitUntil(async () => (await looking.query(WAITING)).rowCount, SOON);
  process.kill(pid, 'SIGCONT');
  await emptied;
  await looking.end();
  expect((await run).output).toMatch(/^b-service: backup \S+ restored and compared, 3 tables and sequences/m);
});

test('whoever drops or empties a table before it is locked goes first, and the backup is made', async (context) => {
  const backups = await start(context);
  const session = await backups.lab.hold('a-service-db-secret');
  // Empties one between the snapshot and the locks of pg_dump.
  const bin = temporaryFolder();
  const [waits, go] = [join(bin, 'waits'), join(bin, 'go')];
  for (const program of readdirSync(inject('postgres')[15]))
    symlinkSync(join(inject('postgres')[15], program), join(bin, program));
  rmSync(join(bin, 'pg_dump'));
  const patient = `#!/bin/sh\ncase $* in *--snapshot*) touch ${waits}; while ! [ -e ${go} ]; do sleep 0.1; done;; esac\n`;
  writeFileSync(join(bin, 'pg_dump'), `${patient}exec ${inject('postgres')[15]}/pg_dump "$@"\n`, { mode: 0o755 });
  handOver(bin);
  const PATH = `${bin}:${process.env['PATH'] ?? ''}`;
  await session.query('BEGIN; DROP TABLE "none"');
  const run = backups.run({ PATH, SERVICES: 'a-service' });
  const isHeld = "SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessShareLock'";
  await expect.poll(() => backups.lab.admin(isHeld), { timeout: 30_000 }).toHaveLength(1);
  await session.query('COMMIT');
  await expect.poll(() => existsSync(waits), { timeout: 30_000 }).toBe(true);
  const emptied = session.query('TRUNCATE child');
  await expect.poll(() => backups.lab.admin(WAITING), { timeout: 30_000 }).toHaveLength(1);
  writeFileSync(go, '');
  const { output } = await run;
  await emptied;
  expect(output).toMatch(/^a-service: backup \S+ restored and compared/m);
  expect(output).not.toMatch(/^a-service: .*ERROR/m);
  expect(backups.of('a-service')).toHaveLength(1);
  expect(await backups.lab.as('a-service-db-secret', 'SELECT FROM ONLY child')).toEqual([]);
});

test('a full volume lists nothing that is half written, and is told from a fault of the database', async (context) => {
  if (!(await canMount())) context.skip('a disk of its own needs root and mount namespaces');
  const { lab, folder } = await start(context);
  await lab.change({ ...INPUT, values: INPUT.values.replace('connectionLimit: 2', 'connectionLimit: 1') });
  const { code, output } = await runBackupOnSmallDisk(lab.manifests(), lab.server.port, folder, '96k');
  expect(output).toMatch(/^a-service: .*No space left on device$/m);
  expect(output).toContain(
    'a-service: ERROR:  the volume of the backups is full; enlarge it, or keep fewer (backup.persistence.size, backup.keep)\na-service: no backup was made\n',
  );
  expect(output).toContain('b-service: ERROR:  its connectionLimit is 1, and a backup takes two connections; give it 2\n');
  expect(output).toMatch(/^a-service\/\.lock$/m);
  expect(output).not.toMatch(/^[ab]-service\/(?!\.lock$|\.backup-took$)/m);
  expect(code).toBe(1);
});

test('rows are told apart by all that they hold, and no limit of 17 and later for a transaction reaches what is counted', async (context) => {
  const lab = endWith(context, await startProvisionedLab(18, { values: 'services: { a-service: {} }\n' }));
  const tables = Object.entries(ALIKE).map(([name, row]) => `CREATE TABLE "${name}" AS ${row}`);
  await lab.as('a-service-db-secret', ['CREATE TYPE pair AS (a text, b text)', ...tables].join('; '));
  const { user = '', password, database = '' } = lab.login('a-service-db-secret');
  const variables = { PGHOST: '127.0.0.1', PGPORT: String(lab.server.port), PGUSER: user, PGDATABASE: database };
  const contents = join(PROJECT, 'chart/backup/contents.psql');
  const { stdout } = await run('psql', ['--no-psqlrc', '-qAt', `--file=${contents}`, '--command=SHOW transaction_timeout'], {
    env: { ...process.env, ...variables, PGPASSWORD: String(password), PGOPTIONS: '-c transaction_timeout=5min' },
  });
  expect(stdout).toMatch(new RegExp(`^(\\{"table" : .*\\}\n){${Object.keys(ALIKE).length}}\\{"largeObjects" : 0, .*\\}\n0\n$`));
  expect(new Set(stdout.match(/"sent" : "-?\d+"/g))).toHaveLength(Object.keys(ALIKE).length);
});

/** Rows that look alike, of a table each: one has more columns than a function has arguments. */
const ALIKE = {
  null: "SELECT NULL::text AS a, ''::text AS t",
  empty: "SELECT '' AS a, NULL::text AS t",
  both: "SELECT '' AS a, '' AS t",
  composite: 'SELECT ROW(NULL, NULL)::pair AS a',
  none: 'SELECT NULL::pair AS a',
  twice: 'SELECT NULL::pair AS a FROM generate_series(1, 2)',
  straight: "VALUES ('a', 1), ('b', 2)",
  crossed: "VALUES ('a', 2), ('b', 1)",
  wide: `SELECT ${Array.from({ length: 300 }, (_, i) => `${i} AS "C ${i}"`).join()}`,
  wider: `SELECT ${Array.from({ length: 300 }, (_, i) => `${i === 299 ? 0 : i} AS "C ${i}"`).join()}`,
  nothing: 'SELECT',
};

test('a table that its owner cannot read whole makes no backup', async (context) => {
  const backups = await start(context);
  // What the login sets for its own sessions makes no dump of what it may see.
  await backups.lab.as(
    'a-service-db-secret',
    'ALTER TABLE parent FORCE ROW LEVEL SECURITY; ALTER ROLE adb_user SET row_security = on; ALTER TABLE t FORCE ROW LEVEL SECURITY; ALTER TABLE t ENABLE ROW LEVEL SECURITY',
  );
  // What is too old waits for a newer one.
  const old = ['2019-01-01T00-00-00Z', '2020-01-01T00-00-00Z'];
  for (const path of ['a-service', ...old.map((time) => `a-service/${time}`)]) {
    mkdirSync(join(backups.folder, path));
    handOver(join(backups.folder, path));
  }
  const { code, output } = await backups.run({ KEEP_LEAST: '1' });
  expect(backups.of('a-service')).toEqual(old);
  expect(output).toContain(
    "a-service: ERROR:  row policies hide rows of public.parent, public.t from the service's own login, which makes the backup. Let the program log in as a role of the service (roles in values.yaml): policies hold for that without FORCE ROW LEVEL SECURITY\n",
  );
  expect(output).toContain('a-service: no backup was made\n');
  expect(output).toContain(`a-service: ERROR:  it has no backup; there are: ${old.join(' ')}\n`);
  expect(code).toBe(1);
});

/** What each service plants, by its name. */
const PLANTS = {
  check: 'CREATE TABLE planted (i integer CHECK (public.who() > 0))',
  index: 'CREATE TABLE planted (i integer); CREATE INDEX ON planted ((i + public.who()))',
  view: 'CREATE TABLE planted (i integer); CREATE MATERIALIZED VIEW seen AS SELECT public.who() FROM planted',
};

test('what a service planted in a check, an index or a view runs as the service, nowhere with the rights of another', async (context) => {
  const services = Object.keys(PLANTS).map((name) => `  ${name}: { connectionLimit: 2 }\n`);
  const values = `services:\n  a-service: { connectionLimit: 2 }\n${services.join('')}`;
  const backups = await start(context, { values, args: INPUT.args });
  for (const [name, table] of Object.entries(PLANTS))
    await backups.lab.as(`${name}-db-secret`, `${WHO}; ${table}; INSERT INTO planted VALUES (1)`);
  const { output, code } = await backups.run();
  for (const name of Object.keys(PLANTS))
    expect(output).toMatch(new RegExp(`^${name}: .*ERROR: +planted: ${name}db_user ${name}db_user off$`, 'm'));
  expect(output).toMatch(/^a-service: .* restored and compared/m);
  expect(code).toBe(1);
});

/** Fails on the throw-away server, which is reached by a socket, and says as whom it ran. */
const WHO = `CREATE FUNCTION who() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF inet_server_addr() IS NULL THEN
    RAISE EXCEPTION 'planted: % % %', current_user, session_user, current_setting('is_superuser');
  END IF;
  RETURN 1;
END$$`;

test('a dump that heeds no termination when it is restored keeps the others from nothing', async (context) => {
  const backups = await start(context);
  await backups.lab.as(
    'a-service-db-secret',
    `${DEAF}; CREATE TABLE planted (i integer CHECK (public.deaf() > 0)); INSERT INTO planted VALUES (1)`,
  );
  const { output, code } = await backups.run({ SERVICE_SECONDS: '5' });
  expect(output).toMatch(/^a-service: backup \S+ could not be restored as it was$/m);
  expect(output).toMatch(/^b-service: .* restored and compared/m);
  expect(output).toContain('not rehearsed: a-service\n');
  expect(code).toBe(1);
});

/** Takes minutes on the throw-away server, in a function of PostgreSQL that heeds nothing. */
const DEAF = `CREATE FUNCTION deaf() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF inet_server_addr() IS NULL THEN
    PERFORM xpath('//*[count(//*[count(//*)>0])>0]', ('<r>' || repeat('<a/>', 3000) || '</r>')::xml);
  END IF;
  RETURN 1;
END$$`;

test('a service that fills the disk of its rehearsal keeps the others from nothing', async (context) => {
  if (!(await canMount())) context.skip('a disk of its own needs root and mount namespaces');
  const scratch = temporaryFolder();
  await runOk('mount', ['-t', 'tmpfs', '-o', 'size=192m', 'none', scratch]);
  context.onTestFinished(async () => {
    await runOk('umount', ['--lazy', scratch]);
  });
  handOver(scratch);
  const backups = await start(context);
  await backups.lab.as(
    'a-service-db-secret',
    `${FILLS}; CREATE TABLE planted (i integer CHECK (public.fills() > 0)); INSERT INTO planted VALUES (1)`,
  );
  const { output, code } = await backups.run({ SCRATCH: scratch });
  expect(output).toMatch(/^a-service: backup \S+ could not be restored as it was$/m);
  expect(output).toMatch(/^b-service: .* restored and compared/m);
  expect(output).toContain('not rehearsed: a-service\n');
  expect(code).toBe(1);
});

/** Writes on the throw-away server until it cannot. */
const FILLS = `CREATE TABLE filled (t text);
CREATE FUNCTION fills() RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  WHILE inet_server_addr() IS NULL LOOP
    INSERT INTO public.filled SELECT repeat(md5(g::text), 30) FROM generate_series(1, 1000) AS g;
  END LOOP;
  RETURN 1;
END$$`;

test('a dump that was damaged, or holds something else, is no rehearsal', async (context) => {
  const backups = await start(context);
  await backups.lab.as('b-service-db-secret', 'CREATE TABLE t AS SELECT 1 AS i; CREATE TABLE u AS TABLE t');
  expect((await backups.backUp()).code).toBe(0);
  const backup = newestOf(backups, 'a-service');
  const contents = join(backup, 'contents');
  // As versions before this one wrote them, and one table of other rows.
  await writeAsBefore(contents, 'checksum', (sql) => backups.lab.admin(sql, 'adb'));
  await seal(backup);
  const other = newestOf(backups, 'b-service');
  await writeAsBefore(join(other, 'contents'), 'hash', (sql) => backups.lab.admin(sql, 'bdb'));
  replaceIn(join(other, 'contents'), '"hash" : "', '"hash" : "1');
  await seal(other);
  const first = await backups.rehearse();
  expect(first.output).toMatch(/^a-service: .* restored and compared/m);
  expect(first.output).toMatch(
    /^b-service: what was restored is not what was dumped:\nb-service: < .*"hash" : "1.*\nb-service: > .*\n(?!b-service: <)/m,
  );
  expect(first.output).toContain('not rehearsed: b-service\n');
  replaceIn(contents, '"rows" : 2000', '"rows" : 2001');
  const damaged = await backups.rehearse();
  expect(damaged.output).toMatch(/^a-service: contents: FAILED$/m);
  expect(damaged.output).toContain('not rehearsed: a-service b-service\n');
  const outcome = { failed: existsSync(join(backup, 'failed')), rehearsed: existsSync(join(backup, 'rehearsed')) };
  expect({ code: damaged.code, ...outcome }).toEqual({ code: 1, failed: true, rehearsed: false });
});

const newestOf = (backups: Backups, service: string): string => join(backups.folder, service, backups.of(service).at(-1) ?? '');

test('old backups go, but never the newest', async (context) => {
  const backups = await start(context);
  await backups.backUp();
  const [time = ''] = backups.of('a-service');
  const older = (year: string): string => join(backups.folder, 'a-service', time.replace(/^\d{4}/, year));
  for (const year of ['2019', '2020', '2021', '2022'])
    await runOk('cp', ['-a', join(backups.folder, 'a-service', time), older(year)]);
  // Of a service that nobody backs up any more, cut off.
  for (const path of ['gone-service', 'gone-service/.unfinished.x']) {
    mkdirSync(join(backups.folder, path));
    handOver(join(backups.folder, path));
  }
  await backups.backUp({ KEEP_LEAST: '4' });
  expect(unfinishedIn(backups, 'gone-service')).toEqual([]);
  expect(backups.of('a-service').map((name) => name.slice(0, 4))).toEqual(['2021', '2022', time.slice(0, 4), time.slice(0, 4)]);
  expect(backups.of('b-service')).toHaveLength(2);
});

test('those that are asked for are backed up, and who has no room for many more nights is told', async (context) => {
  const backups = await start(context);
  const { output, code } = await backups.backUp({ SERVICES: 'b-service', NIGHTS: '1000000000' });
  expect(output).toMatch(
    /^WARNING: the volume of the backups has room for \d+ more nights like this one; enlarge it, or keep fewer \(backup\.persistence\.size, backup\.keep\)$/m,
  );
  expect(output).not.toContain('a-service');
  expect(code).toBe(0);
  // A service that writes and writes fills it by the log.
  const log = join(backups.folder, '+server/wal-1');
  mkdirSync(log, { recursive: true });
  writeFileSync(join(log, 'piece'), '');
  truncateSync(join(log, 'piece'), 2 ** 42);
  expect((await backups.backUp({ SERVICES: 'b-service' })).output).toContain('has room for 0 more nights like this one');
});
