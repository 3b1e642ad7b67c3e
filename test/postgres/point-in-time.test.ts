/** @module-tag quarter */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, type TestContext } from 'vitest';
import { handOver } from '../../generator/laptop/identity.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runBackup, runRestore, startArchive, startArchiveOnSmallDisk, type JobResult, type Running } from '../tools/job.ts';
import { type Lab, startBackedUpLab } from '../tools/lab.ts';
import { dataOf, pick } from '../tools/manifests.ts';
import { runOk } from '../tools/run.ts';
import { canMount } from '../tools/server.ts';

/*
 * One service as it was at a time between two backups, out of a base backup and the log that follows it, on PostgreSQL 15, whose tools are a Debian
 * package.
 */
const VALUES = (pointInTime: boolean): string => `backup: { schedule: '@daily', pointInTime: { enabled: ${pointInTime} } }
services:
  a-service: {}
  b-service: { connectionLimit: 4 }
`;
const INPUT = {
  values: VALUES(true),
  files: {
    'schema/databases/a-service/001_words.sql': 'CREATE TABLE word (text text PRIMARY KEY);\n',
    'schema/databases/b-service/001_words.sql': 'CREATE TABLE word (text text PRIMARY KEY);\n',
  },
};

interface Archive {
  readonly lab: Lab;
  readonly folder: string;
  /** The folder with the write-ahead log. */
  log(): string;
  /** Once it does. */
  receive(): Promise<Running>;
  base(environment?: Record<string, string>): Promise<JobResult>;
  restore(environment: Record<string, string>): Promise<JobResult>;
}

async function start(context: TestContext): Promise<Archive> {
  const { lab, folder } = await startBackedUpLab(context, INPUT);
  const server = join(folder, '+server');
  return {
    lab,
    folder,
    log: () => join(server, readdirSync(server).find((name) => name.startsWith('wal-')) ?? 'none'),
    receive: async () => {
      const archive = startArchive(lab.manifests(), lab.server.port, folder);
      context.onTestFinished(() => archive.stop());
      await expect.poll(() => slots(lab), { timeout: 60_000 }).toEqual([{ active: true }]);
      return archive;
    },
    base: (environment = {}) => runBackup(lab.manifests(), lab.server.port, folder, { script: 'base.sh', environment }),
    restore: (environment) => runRestore(lab.manifests(), lab.server.port, folder, environment),
  };
}

const insert = (lab: Lab, service: string, text: string): Promise<object[]> =>
  lab.as(`${service}-db-secret`, `INSERT INTO word VALUES ('${text}')`);

/** A service that writes all the while, in one session; gives how often, once it is stopped. */
function startWriting(lab: Lab, { onTestFinished }: TestContext): { stop(): Promise<number> } {
  let isStopped = false;
  const write = async (): Promise<number> => {
    const session = await lab.hold('a-service-db-secret');
    let written = 0;
    for (; !isStopped; written += 1) {
      await session.query('INSERT INTO word VALUES ($1)', [`meanwhile ${written}`]);
      await sleep(20);
    }
    await session.end();
    return written;
  };
  const writing = write();
  const stop = (): Promise<number> => {
    isStopped = true;
    return writing;
  };
  onTestFinished(() => void stop());
  return { stop };
}

/** In a second in which no base backup ended: they are named by theirs. */
async function now(lab: Lab): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000)));
  const [{ now: time } = { now: '' }] = await lab.admin<{ now: string }>(
    `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now`,
  );
  return time;
}

test('a service is as it was between two rows, and the others lose nothing', async (context) => {
  const { lab, folder, ...archive } = await start(context);
  await archive.receive();
  await insert(lab, 'b-service', 'before the base backup');
  const base = await archive.base();
  expect(base.output).toMatch(/^server: base backup \S+, \S+, after \d+ s$/m);
  expect(base.code).toBe(0);
  await insert(lab, 'b-service', 'before');
  const between = await now(lab);
  await insert(lab, 'b-service', 'after');
  const writer = startWriting(lab, context);
  const { code, output } = await archive.restore({ SERVICES: 'b-service', AT: between });
  const written = await writer.stop();
  expect(output).toMatch(/^b-service: restored and compared, 1 tables and sequences, after \d+ s$/m);
  expect(output).not.toContain('WARNING');
  expect(code).toBe(0);
  expect(await lab.as('b-service-db-secret', 'SELECT text FROM word ORDER BY 1')).toEqual([
    { text: 'before' },
    { text: 'before the base backup' },
  ]);
  expect(written).toBeGreaterThan(10);
  expect(await lab.as('a-service-db-secret', 'SELECT count(*)::integer AS written FROM word')).toEqual([{ written }]);
  expect((await lab.command('verify')).code).toBe(0);
  // Out of a copy of it, whatever its folder is called, by the command line.
  const elsewhere = temporaryFolder();
  handOver(elsewhere);
  const copy = join(elsewhere, 'Bob\'s $(touch planted) "copy"');
  await runOk('cp', ['-a', folder, copy]);
  const beside = ['--at', between, '--backups', copy, '--to', 'looked_at'];
  const copied = await lab.command('restore', 'b-service', ...beside);
  expect(copied.output).toMatch(/^b-service: restored and compared, 1 tables and sequences, after \d+ s$/m);
  expect(await lab.as('b-service-db-secret', 'SELECT text FROM word', { database: 'looked_at' })).toHaveLength(2);
  rmSync(join(copy, '+server'), { recursive: true });
  expect((await lab.command('restore', 'b-service', ...beside)).output).toMatch(/^there is no folder .* with base backups\.$/m);
  await lab.as('a-service-db-secret', SLEEPS_WHEN_DUMPED);
  const planted = await now(lab);
  const both = await archive.restore({ SERVICES: 'a-service b-service', AT: planted, SERVICE_SECONDS: '25' });
  expect(both.output).toContain('a-service: ERROR:  its backup did not end in 25 s; nothing of it is kept\n');
  expect(both.output).toMatch(/^b-service: restored and compared/m);
  expect(readdirSync(folder)).toEqual(['+server']);
}, 240_000);

/** The planner evaluates it, whoever reads the table. */
const SLEEPS_WHEN_DUMPED = `CREATE FUNCTION sleeps(integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF inet_server_addr() IS NULL THEN PERFORM pg_sleep(600); END IF;
  RETURN '';
END$$;
CREATE INDEX ON word ((text || sleeps(1)))`;

test('a receiver that is killed loses nothing, and what a base backup does not need is removed', async (context) => {
  const { lab, folder, ...archive } = await start(context);
  const first = await archive.receive();
  expect((await archive.base()).code).toBe(0);
  await insert(lab, 'b-service', 'before the kill');
  first.kill();
  // As one that was killed while it made the next piece.
  writeFileSync(join(archive.log(), `${'0'.repeat(7)}1${'0'.repeat(15)}9.partial`), 'short');
  await insert(lab, 'b-service', 'while nobody receives');
  await lab.admin('SELECT pg_switch_wal()');
  await insert(lab, 'b-service', 'in another piece');
  // No base backup is due by its age; but the log does not go on, and a piece that somebody only began is none.
  const begun = [2, 3, 4].map((further) => join(archive.log(), `${nextPiece(archive.log(), further)}.partial`));
  for (const piece of begun) makeEmpty(piece);
  const alone = await archive.base({ LOG_SECONDS: '1' });
  expect(alone.output).toMatch(
    /^server: WARNING: no log leads from base backup \S+ to what the server holds now, so another one is made$/m,
  );
  expect(alone.output).toContain('server: ERROR:  the log that belongs to it was not received within 1 s');
  expect(alone.code).toBe(1);
  expect(readdirSync(join(folder, '+server')).filter((name) => name.startsWith('.unfinished'))).toEqual([]);
  for (const piece of begun) rmSync(piece);
  await archive.receive();
  const between = await now(lab);
  await insert(lab, 'b-service', 'after');
  // As the next night does, which packs what is complete; nothing is older than the oldest base backup that is kept.
  expect((await archive.base({ BASE_DAYS: '0' })).code).toBe(0);
  expect(readdirSync(archive.log()).filter((name) => name.endsWith('.gz'))).not.toEqual([]);
  expect((await archive.restore({ SERVICES: 'b-service', AT: between, TO: 'looked_at' })).code).toBe(0);
  const [found] = await lab.admin("SELECT string_agg(text, ', ' ORDER BY text) AS texts FROM word", 'looked_at');
  expect(found).toEqual({ texts: 'before the kill, in another piece, while nobody receives' });
  // With one base backup left, the log before it goes.
  const before = readdirSync(archive.log()).length;
  rmSync(
    join(
      folder,
      '+server',
      readdirSync(join(folder, '+server'))
        .filter((name) => name.endsWith('Z'))
        .sort()[0] ?? '',
    ),
    {
      recursive: true,
    },
  );
  expect((await archive.base({ BASE_DAYS: '0' })).code).toBe(0);
  expect(readdirSync(archive.log()).length).toBeLessThan(before + 2);
});

test('a gap in the log is told, and a time behind it comes back by the next base backup', async (context) => {
  const { lab, folder, ...archive } = await start(context);
  const first = await archive.receive();
  expect((await archive.base()).code).toBe(0);
  first.stop();
  await lab.admin("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'");
  await lab.admin('SELECT pg_reload_conf()');
  for (let i = 0; i < 4; i++) await lab.admin('SELECT pg_current_xact_id(), pg_switch_wal()');
  await lab.admin('CHECKPOINT');
  expect((await lab.job()).output).toMatch(/^reported: server: -- look at the log of the archive's pod {2}-- the archive of/m);
  await lab.admin('ALTER SYSTEM RESET max_slot_wal_keep_size');
  await lab.admin('SELECT pg_reload_conf()');
  const second = await archive.receive();
  expect(second.output()).toContain('WARNING: the server no longer has what follows the log');
  await insert(lab, 'b-service', 'behind the gap');
  const behind = await now(lab);
  const lost = await archive.restore({ SERVICES: 'b-service', AT: behind, TO: 'looked_at' });
  expect(lost.output).toMatch(
    /^server: ERROR: {2}the log that was received ends with what was committed at .*, before the time/m,
  );
  expect(lost.code).toBe(1);
  const next = await archive.base();
  expect(next.output).toMatch(/^server: base backup \S+, /m);
  expect(next.code, `${next.output}${second.output()}`).toBe(0);
  expect((await archive.base()).output).toBe('');
  const rest = await now(lab);
  expect((await archive.restore({ SERVICES: 'b-service', AT: rest })).code).toBe(0);
  expect(await lab.as('b-service-db-secret', 'SELECT text FROM word')).toEqual([{ text: 'behind the gap' }]);
  expect(readdirSync(folder)).toEqual(['+server']);
});

test('a full volume of the archive is told, and nothing is lost once it has room', async (context) => {
  if (!(await canMount())) context.skip('a disk of its own needs root and mount namespaces');
  const { lab, folder } = await start(context);
  const release = join(temporaryFolder(), 'release');
  const archive = startArchiveOnSmallDisk(lab.manifests(), lab.server.port, { backups: folder, release });
  context.onTestFinished(() => archive.kill());
  await expect.poll(() => slots(lab), { timeout: 60_000 }).toEqual([{ active: true }]);
  for (let i = 0; i < 3; i++) await lab.admin('SELECT pg_current_xact_id(), pg_switch_wal()');
  await expect
    .poll(() => archive.output(), { timeout: 60_000 })
    .toContain('WARNING: the volume of the backups has no room for the log; ');
  expect(archive.output()).toContain('No space left on device');
  await insert(lab, 'b-service', 'while it was full');
  const [{ now: written } = { now: '' }] = await lab.admin<{ now: string }>('SELECT pg_switch_wal() AS now');
  writeFileSync(release, '');
  const received = `SELECT flush_lsn >= '${written}' AS received FROM pg_stat_replication`;
  await expect.poll(() => lab.admin(received), { timeout: 60_000 }).toEqual([{ received: true }]);
});

test('a base backup is rehearsed with its log, and one without is told; nothing of the archive changes', async (context) => {
  const { lab, folder, ...archive } = await start(context);
  await archive.receive();
  const before = await now(lab);
  await insert(lab, 'b-service', 'later');
  // Whoever reaches the port takes the places for replication for a while, without a password.
  await lab.admin("ALTER SYSTEM SET authentication_timeout = '2s'");
  await lab.admin('SELECT pg_reload_conf()');
  const intruders = Array.from({ length: 12 }, () => connect(lab.server.port, '127.0.0.1').on('error', () => undefined));
  for (const intruder of intruders) intruder.write(STARTUP);
  const base = await archive.base();
  expect(lab.server.log()).toContain('exceeds max_wal_senders');
  expect(base.code, base.output).toBe(0);
  const rehearse = (): Promise<JobResult> => runBackup(lab.manifests(), lab.server.port, folder, { script: 'rehearse-base.sh' });
  // The receiver may begin another piece meanwhile.
  const pieces = (): string[] => readdirSync(archive.log()).filter((name) => !name.endsWith('.partial'));
  const names = pieces();
  const good = await rehearse();
  expect(good.output).toMatch(/^server: base backup \S+ recovered with the log that follows it, 2 databases, after \d+ s$/m);
  expect(good.code).toBe(0);
  expect(pieces()).toEqual(names);
  const early = await archive.restore({ SERVICES: 'b-service', AT: '2026-01-01T00:00Z' });
  expect(early.output).toMatch(/^server: ERROR: {2}it has no backup of 2025-12-31T23-59-59Z or before; there are: \S+$/m);
  // Of a small server one is made within a second: it is not older than what was committed in that second.
  const server = join(folder, '+server');
  const [named = ''] = readdirSync(server).filter((name) => name.endsWith('Z'));
  renameSync(join(server, named), join(server, `${before.slice(0, 19).replaceAll(':', '-')}Z`));
  const same = await archive.restore({ SERVICES: 'b-service', AT: before });
  expect(same.output).toMatch(/^server: ERROR: {2}it has no backup of \S+ or before; there are: \S+$/m);
  // Whoever writes to the volume writes no command for a pod that has passwords.
  const forged = join(server, `${before.slice(0, 19).replaceAll(':', '-')}Z`);
  const planted = join(folder, 'planted');
  const number = readFileSync(join(forged, 'server'), 'utf8');
  writeFileSync(join(forged, 'server'), `${number.trim()}" "%f" "%p"; touch ${planted} #`);
  await runOk('sh', ['-c', 'cd "$0" && find base server first -type f -exec sha256sum {} + >checksums', forged]);
  expect((await rehearse()).output).toMatch(
    /^server: ERROR: {2}the file server of base backup \S+ has no number of a server in it$/m,
  );
  writeFileSync(join(forged, 'server'), number);
  writeFileSync(join(forged, 'first'), `${'0'.repeat(16)}0+a[$(touch ${planted})]`);
  await runOk('sh', ['-c', 'cd "$0" && find base server first -type f -exec sha256sum {} + >checksums', forged]);
  expect((await archive.base()).output).toContain('so another one is made\n');
  expect(existsSync(planted)).toBe(false);
  for (const name of readdirSync(archive.log())) rmSync(join(archive.log(), name));
  const bad = await rehearse();
  expect(bad.output).toMatch(/^server: base backup \S+ could not be recovered$/m);
  expect(bad.code).toBe(1);
});

test('what had the name of a database at that time comes back only to whom it belonged', async (context) => {
  const { lab, ...archive } = await start(context);
  await archive.receive();
  expect((await archive.base()).code).toBe(0);
  await insert(lab, 'a-service', 'of a-service');
  const between = await now(lab);
  const [{ oid } = { oid: 0 }] = await lab.admin<{ oid: number }>("SELECT oid FROM pg_database WHERE datname = 'adb'");
  const values = VALUES(true);
  const drop = `{ enabled: false, drop: confirm-adb-${oid}-without-backup }`;
  await lab.change({ ...INPUT, values: values.replace('a-service: {}', `a-service: ${drop}`) });
  expect((await lab.job()).code).toBe(0);
  // The next service gets the name that is free again, and one is renamed.
  const [{ oid: own } = { oid: 0 }] = await lab.admin<{ oid: number }>("SELECT oid FROM pg_database WHERE datname = 'bdb'");
  await lab.change({
    values: `${values.split('services:')[0] ?? ''}services:
  c-service: { database: adb, user: adb_user }
  d-service: {}
  e-service: { database: bdb, user: bdb_user, adopt: confirm-bdb-${own} }
`,
    files: {},
  });
  expect((await lab.job()).code).toBe(0);
  const { code, output } = await archive.restore({ SERVICES: 'e-service c-service d-service', AT: between });
  expect(output).toContain("c-service: ERROR:  database adb was a-service's at that time, and nobody else gets what it held\n");
  expect(output).toContain('d-service: ERROR:  there was no database ddb of this service at that time\n');
  expect(output).toMatch(/^e-service: restored and compared, 1 tables and sequences/m);
  expect(output).toContain('not restored: c-service d-service\n');
  expect(code).toBe(1);
});

test('the archive has a login of its own that opens no database, and goes with it', async (context) => {
  const { lab, ...archive } = await start(context);
  const { user, password } = { ...lab.login('a-service-db-secret'), ...archiveLogin(lab) };
  await expect(lab.as('a-service-db-secret', 'SELECT', { user, password })).rejects.toThrow(/pg_hba.conf rejects/);
  await expect(lab.as('a-service-db-secret', 'SELECT', { user, password, database: 'postgres' })).rejects.toThrow(
    /pg_hba.conf rejects/,
  );
  await archive.receive();
  await lab.admin(`ALTER ROLE ${user} CREATEDB CONNECTION LIMIT 99 PASSWORD 'changed'`);
  const mended = await lab.job();
  expect(mended.output).toContain(`server: ALTER ROLE ${user} NOCREATEDB CONNECTION LIMIT 4  -- attributes of the role differ`);
  expect(mended.output).toContain(`+archive: set the password of ${user}`);
  await lab.change({ ...INPUT, values: VALUES(false) });
  expect((await lab.job()).code).toBe(0);
  expect(await slots(lab)).toEqual([]);
  expect(await lab.admin(`SELECT FROM pg_roles WHERE rolname = '${user}'`)).toEqual([]);
  // A role of that name that somebody else made is not taken over.
  await lab.admin(`CREATE ROLE ${user} SUPERUSER`);
  await lab.change(INPUT);
  const refused = await lab.job();
  expect(refused.output).toContain(`server: refused: role ${user} exists, and provisioning did not make it`);
  expect(refused.code).toBe(1);
});

/** The name of the piece that is so many further than the last that was received, or begun. */
function nextPiece(log: string, further: number): string {
  const [last = ''] = readdirSync(log)
    .filter((name) => /^[0-9A-F]{24}/.test(name) && !name.endsWith('9.partial'))
    .sort()
    .reverse();
  const number = Number.parseInt(last.slice(16, 24), 16) + further;
  return last.slice(0, 16) + number.toString(16).toUpperCase().padStart(8, '0');
}

/** As the receiver makes a piece before anything is written into it. */
function makeEmpty(file: string): void {
  writeFileSync(file, '');
  truncateSync(file, 16 * 1024 * 1024);
}

/** What a session for replication begins with. */
const PARAMETERS = 'user\0shared_postgresql_archive\0replication\0true\0\0';
const STARTUP = Buffer.concat([Buffer.from([0, 0, 0, 8 + PARAMETERS.length, 0, 3, 0, 0]), Buffer.from(PARAMETERS)]);

const slots = (lab: Lab): Promise<object[]> => lab.admin('SELECT active FROM pg_replication_slots');

function archiveLogin(lab: Lab): { readonly user: string; readonly password: string } {
  const { username = '', password = '' } = dataOf(pick(lab.manifests(), 'Secret', /-archive$/));
  return { user: username, password };
}
