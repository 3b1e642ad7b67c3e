/** @module-tag sixth */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runBackup } from '../tools/job.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { databasesOf, startRestoring, TWO_SERVICES, WORDS } from '../tools/restoring.ts';
import { runOk } from '../tools/run.ts';
import { replaceIn, seal } from './backups/tampering.ts';

/*
 * What goes wrong on an operator's bad night: a restore says so and changes nothing, or does what was asked for all the same.
 */
test('a backup that was damaged, that is not there, or of no service changes nothing', async (context) => {
  const archive = await startRestoring(context);
  await archive.lab.as('b-service-db-secret', "INSERT INTO word VALUES ('here')");
  await archive.backUp();
  const before = await databasesOf(archive.lab);
  // Declared, and not provisioned yet.
  await archive.lab.change({
    ...TWO_SERVICES,
    values: `services: { a-service: {}, b-service: { connectionLimit: 2 }, c-service: {} }`,
  });
  const [time = ''] = readdirSync(join(archive.folder, 'b-service')).filter((name) => name.endsWith('Z'));
  for (const [environment, sentence] of [
    [
      { SERVICES: 'b-service', FROM: '2020-01-01T00-00-00Z' },
      `b-service: ERROR:  it has no backup of 2020-01-01T00-00-00Z or before; there are: ${time}\n`,
    ],
    [{ SERVICES: 'c-service' }, 'c-service: ERROR:  it has no backup\n'],
    [{ SERVICES: '' }, 'server: ERROR:  SERVICES names no service: give the Job the names, as docs/backup.md shows\n'],
    [
      { SERVICES: 'a-service b-service', TO: 'looked_at' },
      'server: ERROR:  TO is the name for one database, and SERVICES names several services; restore one after the other\n',
    ],
    [
      { SERVICES: 'b-service', TO: 'adb' },
      'b-service: ERROR:  there is a database or role adb already; restore to another name, or move it away\n',
    ],
    [{ SERVICES: 'b-service', TO: 'cdb' }, "b-service: ERROR:  the name cdb is a service's; restore to another\n"],
    ...['x'.repeat(64), 'a/b', 'x=y', 'two\nlines', 'pg_b'].map(
      (TO) =>
        [
          { SERVICES: 'b-service', TO },
          'server: ERROR:  TO is a name as databases have in values.yaml: a letter or an underscore, then letters, digits, underscores and hyphens, at most 63; not pg_\n',
        ] as const,
    ),
    ...['yesterday', '27.11.2026', '2026-11-27T09:30'].map(
      (FROM) =>
        [
          { SERVICES: 'b-service', FROM },
          'server: ERROR:  FROM is a day, as 2026-11-27, or the time of a backup, as 2026-11-27T02-17-03Z, both in UTC\n',
        ] as const,
    ),
  ] as const) {
    const { code, output } = await archive.restore(environment);
    expect(output).toContain(sentence);
    expect(code).toBe(1);
  }
  writeFileSync(join(archive.folder, 'b-service', time, 'contents'), 'something else\n');
  const damaged = await archive.restore({ SERVICES: 'b-service' });
  expect(damaged.output).toContain('b-service: contents: FAILED\n');
  expect(damaged.code).toBe(1);
  // Somebody changed the manifest, and wrote the checksums anew.
  const backup = join(archive.folder, 'b-service', time);
  replaceIn(join(backup, 'backup.json'), '{', '');
  await seal(backup);
  expect((await archive.restore({ SERVICES: 'b-service' })).output).toContain(
    `b-service: backup.json of backup ${time} was not understood; if somebody changed it, restore another one, named with FROM\n`,
  );
  writeFileSync(join(backup, 'backup.json'), '{}');
  await seal(backup);
  expect((await archive.restore({ SERVICES: 'b-service' })).output).toContain(
    'b-service: ERROR:  its backup.json is not as a backup writes it, so somebody changed it: restore another one, named with FROM\n',
  );
  expect(await databasesOf(archive.lab)).toEqual(before);
  expect(await archive.words()).toEqual([{ text: 'here' }]);
});

test('the name of a folder that somebody else filled is no command', async (context) => {
  const { folder, ...archive } = await startRestoring(context);
  await archive.backUp();
  const own = join(folder, 'b-service');
  const [time = ''] = readdirSync(own).filter((name) => name.endsWith('Z'));
  renameSync(join(own, time), join(own, `${time}'; cd ..; touch planted; 'Z`));
  expect((await archive.restore({ SERVICES: 'b-service' })).output).toContain('b-service: ERROR:  it has no backup\n');
  // A folder of one's own may have any name.
  renameSync(join(own, `${time}'; cd ..; touch planted; 'Z`), join(own, time));
  const odd = join(folder, "of Bob's; touch planted");
  mkdirSync(odd);
  renameSync(own, join(odd, 'b-service'));
  const restored = await archive.restore({ SERVICES: 'b-service', BACKUPS: odd });
  expect(restored.code, restored.output).toBe(0);
});

test('what a restore that was cut off left is gone after the next, and only that', async (context) => {
  const archive = await startRestoring(context);
  const { lab } = archive;
  await archive.backUp();
  // As it stands when the pod is killed while pg_restore runs.
  for (const statement of [
    'CREATE ROLE "bdb+restored" NOLOGIN',
    'GRANT "bdb+restored" TO bdb_user',
    'CREATE DATABASE "bdb+restored"',
    'GRANT CONNECT ON DATABASE "bdb+restored" TO "bdb+restored"',
    `INSERT INTO shared_postgresql.login (database, "user", service, access) VALUES ('bdb+restored', 'bdb_user', 'b-service+restored', 'owner')`,
  ])
    await lab.admin(statement);
  const { output } = await archive.restore({ SERVICES: 'b-service' });
  expect(output).toMatch(/^b-service: restored and compared/m);
  // One that nobody's restore made is not taken, and one neither that was made after a restore was cut off before it made its own.
  await lab.admin('CREATE DATABASE "bdb+restored"');
  await lab.admin(
    `INSERT INTO shared_postgresql.login (database, "user", service, access) VALUES ('bdb+restored', 'bdb_user', 'b-service+restored', 'owner')`,
  );
  const second = await archive.restore({ SERVICES: 'b-service' });
  expect(second.output).toContain(
    'b-service: ERROR:  there is a database or role bdb+restored already; restore to another name, or move it away\n',
  );
  expect(second.code).toBe(1);
});

test('a restore waits for one of the same service, and for no other', async (context) => {
  const { lab, ...archive } = await startRestoring(context);
  await archive.backUp();
  const mask = join(archive.folder, 'mask.sql');
  writeFileSync(mask, WAITS_FOR_A_ROLE);
  const first = archive.restore({ SERVICES: 'b-service', MASK: mask });
  const masked = "SELECT FROM pg_stat_activity WHERE usename = 'bdb+restored' AND query LIKE 'DO %'";
  await expect.poll(() => lab.admin(masked), { timeout: 60_000 }).toHaveLength(1);
  const [other, same] = await Promise.all([
    archive.restore({ SERVICES: 'a-service' }),
    archive.restore({ SERVICES: 'b-service', LOCK_SECONDS: '2' }),
  ]);
  expect(other.code, other.output).toBe(0);
  expect(same.output).toMatch(/^b-service: ERROR: {2}another restore of it is running, .* lock timeout$/m);
  expect(same.code).toBe(1);
  // Nor does provisioning take anything from the one that runs.
  expect((await lab.job()).code).toBe(0);
  await lab.admin('CREATE ROLE go_on');
  const { code, output } = await first;
  expect(code, output).toBe(0);
});

const WAITS_FOR_A_ROLE =
  "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'go_on') LOOP PERFORM pg_sleep(0.2); END LOOP; END $$;\n";

test('a backup that is being made when the service is restored is made of what came back', async (context) => {
  const { lab, folder, ...archive } = await startRestoring(context);
  await lab.as('b-service-db-secret', "INSERT INTO word VALUES ('came back')");
  await archive.backUp();
  await lab.as('b-service-db-secret', "UPDATE word SET text = 'lost'");
  const holder = await lab.hold('b-service-db-secret');
  await holder.query('BEGIN; LOCK TABLE word');
  const night = runBackup(lab.manifests(), lab.server.port, folder, {
    environment: { SERVICES: 'b-service' },
    script: 'backup.sh',
  });
  const waiting = "SELECT FROM pg_stat_activity WHERE application_name = 'shared-postgresql-backup' AND wait_event_type = 'Lock'";
  await expect.poll(() => lab.admin(waiting), { timeout: 60_000 }).toHaveLength(1);
  const { code, output } = await archive.restore({ SERVICES: 'b-service' });
  expect(code, output).toBe(0);
  const { code: ended, output: said } = await night;
  expect(ended, said).toBe(0);
  await lab.as('b-service-db-secret', 'DROP TABLE word');
  expect((await archive.restore({ SERVICES: 'b-service' })).code).toBe(0);
  expect(await archive.words()).toEqual([{ text: 'came back' }]);
});

test('a backup of a time to come is not taken for the newest, and one under a former name is found', async (context) => {
  const { lab, folder, ...archive } = await startRestoring(context);
  await archive.backUp();
  const own = join(folder, 'b-service');
  const [time = ''] = readdirSync(own).filter((name) => name.endsWith('Z'));
  await runOk('cp', ['-a', join(own, time), join(own, '2999-01-01T00-00-00Z')]);
  const sentence = `b-service: ERROR:  its newest backup is of a time to come, 2999-01-01T00-00-00Z, by a clock that was wrong, or is: give that folder on the volume the time when it was made, or remove it; or say with FROM which one is meant; there are: ${time} 2999-01-01T00-00-00Z\n`;
  expect((await archive.restore({ SERVICES: 'b-service' })).output).toContain(sentence);
  const rehearsal = await runBackup(lab.manifests(), lab.server.port, folder, { script: 'rehearse.sh' });
  expect(rehearsal.output).toContain(sentence);
  expect(rehearsal.code).toBe(1);
  const named = await archive.restore({ SERVICES: 'b-service', FROM: time, TO: 'looked_at' });
  expect(named.code, named.output).toBe(0);
  rmSync(join(own, '2999-01-01T00-00-00Z'), { recursive: true });
  const values = 'services: { a-service: {}, words: { database: bdb, user: bdb_user, connectionLimit: 2 } }';
  await lab.change({ ...TWO_SERVICES, values, files: { 'schema/databases/words/001_words.sql': Object.values(WORDS).join('') } });
  const renamed = await archive.restore({ SERVICES: 'words' });
  expect(renamed.output).toContain(
    'words: ERROR:  it has no backup\nwords: HINT:  there are backups of b-service, whose database was bdb: if it was called so, move them on the volume from the folder b-service to words\n',
  );
  expect(renamed.code).toBe(1);
});

const number = (value: number, sign = 0, width = 4): Buffer => {
  const bytes = Buffer.alloc(width + 1);
  bytes.writeUInt8(sign);
  bytes.writeUInt32LE(value, 1);
  return bytes;
};

/** A table of contents of one entry, as PostgreSQL 15 writes them, whose file has a name of so many letters. */
function contentsOf(letters: Buffer, width = 4): Buffer {
  const numbers = (count: number): Buffer[] => Array.from({ length: count }, () => number(0, 0, width));
  const absent = (count: number): Buffer[] => Array.from({ length: count }, () => number(1, 1, width));
  const head = [Buffer.from('PGDMP'), Buffer.from([1, 14, 0, width, 8, 3]), ...numbers(8), ...absent(3)];
  const entry = [...numbers(2), ...absent(4), ...numbers(1), ...absent(9)];
  return Buffer.concat([...head, number(1, 0, width), ...entry, letters, Buffer.from('../a.dat')]);
}

/** What somebody who writes to the volume can have a dump say, and how it is refused. */
const ELSEWHERE: Readonly<Record<string, readonly [say: (dump: string) => void, refused: string]>> = {
  'a table of large objects': [
    (dump) => writeFileSync(join(dump, 'blobs.toc'), '4711 ../../../../../etc/hostname\n'),
    'its dump leads to files that are not its own',
  ],
  'a packed one': [
    (dump) => renameSync(join(dump, 'blobs.toc'), join(dump, 'blobs.toc.gz')),
    'its dump leads to files that are not its own',
  ],
  'a link': [(dump) => symlinkSync('/etc/hostname', join(dump, '1.dat')), 'its dump leads to files that are not its own'],
  'the table of contents': [
    (dump) => {
      const toc = readFileSync(join(dump, 'toc.dat'), 'latin1');
      writeFileSync(join(dump, 'toc.dat'), toc.replace(/\d{4}\.dat/, '../a.dat'), 'latin1');
    },
    'its dump has a file that it calls otherwise than pg_dump does',
  ],
  'a name by itself': [
    (dump) => writeFileSync(join(dump, 'toc.dat'), contentsOf(number(8))),
    'its dump has a file that it calls otherwise than pg_dump does',
  ],
  // Eight letters for pg_restore, whose numbers have 32 bits.
  'a name of less than no letters': [
    (dump) => writeFileSync(join(dump, 'toc.dat'), contentsOf(number(2 ** 32 - 8, 1))),
    'its dump has a number that pg_dump does not write',
  ],
  'wide numbers': [
    (dump) => writeFileSync(join(dump, 'toc.dat'), contentsOf(number(8, 0, 8), 8)),
    'its dump has numbers of another width than pg_dump writes',
  ],
};

test('a dump that somebody changed has pg_restore read no other file of the pod', async (context) => {
  const archive = await startRestoring(context);
  await archive.lab.as('b-service-db-secret', "SELECT lo_from_bytea(4711, 'x'); INSERT INTO word VALUES ('here')");
  await archive.backUp();
  const [time = ''] = readdirSync(join(archive.folder, 'b-service')).filter((name) => name.endsWith('Z'));
  const backup = join(archive.folder, 'b-service', time);
  const kept = join(temporaryFolder(), 'kept');
  await runOk('cp', ['-a', backup, kept]);
  for (const [say, refused] of Object.values(ELSEWHERE)) {
    say(join(backup, 'dump'));
    await runOk('bash', ['-c', 'sha256sum dump/* contents backup.json >checksums'], { cwd: backup });
    const { code, output } = await archive.restore({ SERVICES: 'b-service' });
    expect(output).toBe(
      `b-service: ERROR:  ${refused}, so somebody changed it: restore another one, named with FROM\nnot restored: b-service\n`,
    );
    expect(code).toBe(1);
    rmSync(backup, { recursive: true });
    await runOk('cp', ['-a', kept, backup]);
  }
});
