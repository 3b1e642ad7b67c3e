import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import type { DeploymentInput } from '../tools/deployment.ts';
import { runBackup, runRestore, type JobResult } from '../tools/job.ts';
import { type Lab, startBackedUpLab } from '../tools/lab.ts';
import { parseManifests } from '../tools/manifests.ts';

/*
 * One service comes back from its backup while the others go on, on PostgreSQL 15, whose pg_restore is a Debian package.
 */
const SCHEMA = readFileSync(join(import.meta.dirname, 'backups/every-kind.sql'), 'utf8');
const INPUT = {
  values: `postgresql: { allowedExtensions: [earthdistance] }
platformLogins: { tool: { access: migrator, services: [b-service] } }
services:
  a-service: { extensions: [citext, earthdistance], roles: { reporting: {}, importer: { access: readwrite } } }
  b-service: { connectionLimit: 2, rotation: 1, encoding: LATIN1, locale: { provider: libc, name: C } }
`,
  files: {
    'schema/databases/a-service/001_every_kind.sql': SCHEMA,
    'schema/databases/b-service/001_words.sql': 'CREATE TABLE word (text text PRIMARY KEY);\n',
  },
  args: ['--set', 'backup.schedule=@daily'],
};

interface Archive {
  readonly lab: Lab;
  readonly folder: string;
  backUp(): Promise<void>;
  restore(environment: Record<string, string>): Promise<JobResult>;
  words(): Promise<object[]>;
}

async function start(context: TestContext, input: DeploymentInput = INPUT): Promise<Archive> {
  const { lab, folder } = await startBackedUpLab(context, input);
  return {
    lab,
    folder,
    backUp: async () => {
      const { code, output } = await runBackup(lab.manifests(), lab.server.port, folder, { script: 'backup.sh' });
      expect(output).not.toContain('ERROR');
      expect(code).toBe(0);
    },
    restore: (environment) => runRestore(lab.manifests(), lab.server.port, folder, environment),
    words: () => lab.as('b-service-db-secret', 'SELECT text FROM word ORDER BY 1'),
  };
}

const databases = (lab: Lab): Promise<object[]> =>
  lab.admin("SELECT datname, datallowconn FROM pg_database WHERE datname LIKE 'bdb%' ORDER BY 1");

const limits = (lab: Lab): Promise<object[]> => lab.admin("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'bdb_user'");

test('a service comes back as it was, what was there is kept, and nothing is left to do', async (context) => {
  const archive = await start(context);
  const { lab } = archive;
  await lab.as('b-service-db-secret', "INSERT INTO word VALUES ('before')");
  await archive.backUp();
  await lab.as('b-service-db-secret', "DELETE FROM word; INSERT INTO word VALUES ('after')");
  await lab.as('b-service-db-secret', 'ALTER ROLE bdb_user IN DATABASE bdb SET intervalstyle = iso_8601');
  // Whoever stops the writing before does not stop the restore.
  await lab.as('b-service-db-secret', 'ALTER ROLE bdb_user IN DATABASE bdb SET default_transaction_read_only = off');
  await lab.as('b-service-db-secret', 'ALTER ROLE bdb_user SET default_transaction_read_only = on');
  // Its pool holds all that it may have.
  const pool = [await lab.hold('b-service-db-secret'), await lab.hold('b-service-db-secret')];
  const neighbour = await lab.hold('a-service-db-secret');
  const { code, output } = await archive.restore({ SERVICES: 'b-service' });
  expect(output).toMatch(/^b-service: restored and compared, 1 tables and sequences, after \d+ s$/m);
  const [, aside = ''] = /^b-service: what was there is database (\S+) now/m.exec(output) ?? [];
  expect(code).toBe(0);
  expect(await archive.words()).toEqual([{ text: 'before' }]);
  // What the login set for itself is in no dump, and stays.
  expect(await lab.as('b-service-db-secret', 'SHOW intervalstyle')).toEqual([{ IntervalStyle: 'iso_8601' }]);
  expect(await limits(lab)).toEqual([{ rolconnlimit: 2 }]);
  expect(await lab.admin('SELECT text FROM word', aside)).toEqual([{ text: 'after' }]);
  await expect(lab.as('b-service-db-secret', 'SELECT', { database: aside })).rejects.toThrow(/pg_hba.conf rejects/);
  // The other service noticed nothing; this one's pool was ended, to come again.
  await expect(neighbour.query('SELECT')).resolves.toBeDefined();
  await expect(pool[0]?.query('SELECT')).rejects.toThrow();
  expect(await databases(lab)).toEqual([
    { datname: 'bdb', datallowconn: true },
    { datname: aside, datallowconn: true },
  ]);
  const plan = await lab.command('plan');
  expect(plan.output).toContain(`-- database ${aside}`);
  expect(plan.code).toBe(0);
  expect((await lab.job()).output).not.toMatch(/^b-service:/m);
  expect(await lab.admin("SELECT FROM pg_roles WHERE rolname LIKE '%+restored'")).toEqual([]);
});

test('every kind of thing comes back, with the schema files that were applied', async (context) => {
  const archive = await start(context);
  await archive.lab.as('b-service-db-secret', "CREATE TABLE bä (ä serial); COMMENT ON TABLE bä IS 'ä'");
  await archive.backUp();
  const { code, output } = await archive.restore({ SERVICES: '*', LANG: 'C.UTF-8' });
  expect(output).toMatch(/^a-service: restored and compared, 14 tables and sequences, after \d+ s$/m);
  expect(output).toMatch(/^b-service: restored and compared, 3 tables and sequences, after \d+ s$/m);
  expect(code).toBe(0);
  expect(await archive.lab.as('a-service-db-secret', 'SELECT name FROM shared_postgresql.schema_file')).toEqual([
    { name: '001_every_kind.sql' },
  ]);
  // The planner knows what it is in for.
  const [{ known } = { known: 0 }] = await archive.lab.admin<{ known: number }>(
    "SELECT count(*)::integer AS known FROM pg_stats WHERE schemaname = 'public'",
    'adb',
  );
  expect(known).toBeGreaterThan(0);
  expect((await archive.lab.command('verify')).code).toBe(0);
});

test('an extension comes back where it was, and then lies where values.yaml has it now', async (context) => {
  const declare = (placed: string): string => `postgresql: { allowedExtensions: [moddatetime, xml2] }
services: { a-service: { placedExtensions: { ${placed} } } }\n`;
  const placed = 'hstore: { schema: ext }, moddatetime: { schema: ext }, xml2: { schema: xml }';
  const input = {
    ...INPUT,
    values: declare(placed),
    files: {
      'schema/databases/a-service/001_a.sql':
        '-- shared-postgresql: elsewhere ext\nCREATE TABLE t (h ext.hstore, is_valid boolean DEFAULT xml.xml_valid($$<a/>$$));\n',
    },
  };
  const archive = await start(context, input);
  const { lab } = archive;
  await archive.backUp();
  const rehearsal = await runBackup(lab.manifests(), lab.server.port, archive.folder, { script: 'rehearse.sh' });
  expect(rehearsal.output).toMatch(/^a-service: backup \S+ restored and compared, 1 tables/m);
  await lab.change({ ...input, values: declare(placed.replaceAll('ext }', 'public }')) });
  expect((await lab.job()).output).toContain('1 services: 1 well, 0 not');
  const { output, code } = await archive.restore({ SERVICES: 'a-service' });
  expect(output).toMatch(/^a-service: restored and compared, 1 tables/m);
  expect(code).toBe(0);
  const rows = await lab.as(
    'a-service-db-secret',
    'SELECT extname AS name, extnamespace::regnamespace::text AS schema FROM pg_extension ORDER BY 1',
  );
  expect(rows).toEqual([
    { name: 'hstore', schema: 'public' },
    { name: 'moddatetime', schema: 'public' },
    { name: 'plpgsql', schema: 'pg_catalog' },
    { name: 'xml2', schema: 'xml' },
  ]);
});

test('to another name it stands beside, and the service goes on with its own', async (context) => {
  const archive = await start(context);
  const { lab } = archive;
  await archive.backUp();
  await lab.as('b-service-db-secret', "INSERT INTO word VALUES ('newer')");
  const { code, output } = await archive.restore({ SERVICES: 'b-service', TO: 'looked_at' });
  expect(output).toContain('b-service: its login may open database looked_at until the next provisioning');
  expect(code).toBe(0);
  expect(await archive.words()).toEqual([{ text: 'newer' }]);
  for (const secret of ['b-service-db-secret', 'b-service-tool-db-secret'])
    expect(await lab.as(secret, 'SELECT text FROM word', { database: 'looked_at' })).toEqual([]);
  const keys = "SELECT member::regrole::text AS member FROM pg_auth_members WHERE roleid = 'looked_at'::regrole";
  expect(await lab.admin(keys)).toEqual([{ member: 'bdb_user' }]);
  expect(await limits(lab)).toEqual([{ rolconnlimit: 2 }]);
  await lab.job();
  await expect(lab.as('b-service-db-secret', 'SELECT', { database: 'looked_at' })).rejects.toThrow(/pg_hba.conf rejects/);
});

test('where all is masked, what comes back is masked, and nothing without a mask', async (context) => {
  const archive = await start(context);
  const { lab } = archive;
  await lab.as('b-service-db-secret', "INSERT INTO word VALUES ('Ms Smith')");
  await archive.backUp();
  await lab.change({ ...INPUT, args: [...INPUT.args, '--set', 'backup.mask.existingConfigMap=masks'] });
  const restore = (sql: string, environment = {}): Promise<JobResult> =>
    runRestore([...lab.manifests(), ...parseManifests(masks(sql))], lab.server.port, archive.folder, {
      SERVICES: 'b-service',
      ...environment,
    });
  const masked = await restore("UPDATE word SET text = 'Ms ' || length(text);");
  expect(masked.code, masked.output).toBe(0);
  expect(await archive.words()).toEqual([{ text: 'Ms 8' }]);
  // What a service's team wrote is SQL, whoever put it there: the pod has the admin's password.
  const planted = join(archive.folder, 'planted');
  const failed = await restore(`DELETE FROM word;\n    \\! touch ${planted}`, { TO: 'looked_at' });
  expect(failed.output).toContain('b-service: ERROR:  syntax error at or near "\\"\n');
  expect(failed.code).toBe(1);
  expect(existsSync(planted)).toBe(false);
  const without = await restore('', { SERVICES: 'a-service' });
  expect(without.output).toContain(
    'a-service: ERROR:  there is no key a-service.sql in the ConfigMap of backup.mask.existingConfigMap, and nothing is restored unmasked here; an empty text masks nothing\n',
  );
  expect(without.code).toBe(1);
  // An empty one masks nothing.
  expect((await restore('')).code).toBe(0);
  expect(await archive.words()).toEqual([{ text: 'Ms Smith' }]);
});

const masks = (sql: string): string => `apiVersion: v1
kind: ConfigMap
metadata: { name: masks, namespace: default }
data:
  b-service.sql: |-
    ${sql}
`;

test('a backup that was damaged, that is not there, or of no service changes nothing', async (context) => {
  const archive = await start(context);
  await archive.lab.as('b-service-db-secret', "INSERT INTO word VALUES ('here')");
  await archive.backUp();
  const before = await databases(archive.lab);
  // Declared, and not provisioned yet.
  await archive.lab.change({ ...INPUT, values: `${INPUT.values}  c-service: {}\n` });
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
  expect(await databases(archive.lab)).toEqual(before);
  expect(await archive.words()).toEqual([{ text: 'here' }]);
});

test('the name of a folder that somebody else filled is no command', async (context) => {
  const { folder, ...archive } = await start(context);
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

test('what a service planted runs as the service, and a restore that fails leaves everything as it was', async (context) => {
  const archive = await start(context);
  const { lab } = archive;
  await lab.as(
    'b-service-db-secret',
    `${WHO}; CREATE TABLE planted (i integer CHECK (public.who() > 0)); INSERT INTO planted VALUES (1)`,
  );
  await archive.backUp();
  const before = await databases(lab);
  const { code, output } = await archive.restore({ SERVICES: 'b-service' });
  expect(output).toMatch(/^b-service: .*ERROR: +planted: bdb_user bdb\+restored off$/m);
  expect(output).toMatch(/^b-service: backup \S+ was not restored; the service's database is as it was$/m);
  expect(output).toContain('not restored: b-service\n');
  expect(code).toBe(1);
  expect(await databases(lab)).toEqual(before);
  expect(await limits(lab)).toEqual([{ rolconnlimit: 2 }]);
  expect(await lab.admin("SELECT FROM pg_roles WHERE rolname LIKE '%+restored'")).toEqual([]);
  expect((await lab.job()).code).toBe(0);
});

/** Fails in every database but the service's own, and says as whom it ran. */
const WHO = `CREATE FUNCTION who() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF current_database() <> 'bdb' THEN
    RAISE EXCEPTION 'planted: % % %', current_user, session_user, current_setting('is_superuser');
  END IF;
  RETURN 1;
END$$`;

test('what never ends in a service while it is restored has an end, and no more connections than a restore', async (context) => {
  const { lab, ...archive } = await start(context, {
    ...INPUT,
    values: 'services: { a-service: {}, b-service: {} }\n',
    files: {},
  });
  await lab.as('a-service-db-secret', SLEEPS_WHEN_ANALYZED);
  await lab.as('b-service-db-secret', LETS_SOMEBODY_IN);
  await archive.backUp();
  const restored = archive.restore({ SERVICES: 'b-service a-service', SERVICE_SECONDS: '10' });
  const login = { user: 'bdb+restored', database: 'bdb+restored', password: 'known' };
  const comeIn = (): Promise<object[]> => lab.as('b-service-db-secret', 'SELECT pg_sleep(1)', login);
  await expect.poll(() => comeIn().catch(String), { timeout: 60_000 }).toBeInstanceOf(Array);
  const many = await Promise.allSettled(Array.from({ length: 20 }, comeIn));
  expect(many.filter(({ status }) => status === 'fulfilled').length).toBeLessThan(10);
  const { code, output } = await restored;
  expect(output.match(/^[ab]-service: backup \S+ was not restored; the service's database is as it was$/gm)).toHaveLength(2);
  expect(code).toBe(1);
});

const SLEEPS_WHEN_ANALYZED = `CREATE FUNCTION sleeps() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF current_query() LIKE 'ANALYZE %' THEN PERFORM pg_sleep(600); END IF;
  RETURN 1;
END$$;
CREATE TABLE planted (i integer);
CREATE INDEX ON planted ((i + sleeps()));
INSERT INTO planted VALUES (1)`;

/** Gives the login of the restore a password that somebody knows, and sleeps in another table. */
const LETS_SOMEBODY_IN = `CREATE FUNCTION opens() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF session_user <> 'bdb_user' THEN
    SET LOCAL ROLE NONE;
    EXECUTE format('ALTER ROLE %I PASSWORD %L', session_user, 'known');
    SET LOCAL ROLE bdb_user;
  END IF;
  RETURN true;
END$$;
CREATE FUNCTION sleeps() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF session_user <> 'bdb_user' THEN PERFORM pg_sleep(600); END IF;
  RETURN true;
END$$;
CREATE TABLE planted (i integer CHECK (public.opens()));
INSERT INTO planted VALUES (1);
CREATE TABLE slow (i integer CHECK (public.sleeps()));
INSERT INTO slow VALUES (1)`;

test('a restore fills no more of the disk than the service and its database did, and sorts what is larger than a session may', async (context) => {
  const { lab, folder, ...archive } = await start(context, {
    values: 'services: { a-service: { tempFileLimit: 1MB }, b-service: { tempFileLimit: 1MB } }\n',
    args: INPUT.args,
  });
  await lab.as('a-service-db-secret', FILLS_ELSEWHERE);
  // An index that grew with its table.
  await lab.as(
    'b-service-db-secret',
    `ALTER ROLE bdb_user SET maintenance_work_mem = '1MB'; CREATE TABLE word (text text); CREATE INDEX ON word (text);
    INSERT INTO word SELECT md5(i::text) FROM generate_series(1, 60000) AS i`,
  );
  const night = await runBackup(lab.manifests(), lab.server.port, folder);
  const restored = await archive.restore({ SERVICES: '*' });
  for (const { output } of [night, restored]) {
    expect(output).toMatch(/^a-service: .*ERROR: +temporary file size exceeds "?temp_file_limit"?/m);
    expect(output).toMatch(/^b-service: .*restored and compared, 1 tables/m);
  }
  expect(await lab.admin('SHOW temp_file_limit')).toEqual([{ temp_file_limit: '-1' }]);
});

/** Sorts 100 MB wherever it is restored. */
const FILLS_ELSEWHERE = `CREATE FUNCTION fills() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF current_database() <> 'adb' OR inet_server_addr() IS NULL THEN
    PERFORM FROM (SELECT repeat(md5(i::text), 10) AS t FROM generate_series(1, 300000) AS i ORDER BY 1 OFFSET 299999) AS sorted;
  END IF;
  RETURN true;
END$$;
CREATE TABLE planted (i integer CHECK (public.fills()));
INSERT INTO planted VALUES (1)`;

test('what a restore that was cut off left is gone after the next, and only that', async (context) => {
  const archive = await start(context);
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

test('what goes on counting while it is dumped comes back as it was dumped', async (context) => {
  const archive = await start(context);
  const { lab } = archive;
  await lab.as('b-service-db-secret', `CREATE SEQUENCE "It's\n\\"; SELECT nextval('"It''s\n\\"'); CREATE SEQUENCE fresh`);
  const counter = await lab.hold('a-service-db-secret');
  const over = new AbortController();
  const counting = (async (): Promise<void> => {
    while (!over.signal.aborted) await counter.query(`SELECT nextval('"Numbers"'), pg_sleep(0.001)`);
  })();
  await archive.backUp();
  over.abort();
  await counting;
  const { code, output } = await archive.restore({ SERVICES: '*' });
  expect(output).toMatch(/^a-service: restored and compared, 14 tables and sequences/m);
  expect(output).toMatch(/^b-service: restored and compared, 3 tables and sequences/m);
  expect(code).toBe(0);
});

test('a service with a role of any name comes back', async (context) => {
  const values = "services: { b-service: { roles: { restored: { user: 'reader' } } } }";
  const archive = await start(context, { ...INPUT, values });
  await archive.backUp();
  const { code, output } = await archive.restore({ SERVICES: 'b-service' });
  expect(output).toMatch(/^b-service: restored and compared/m);
  expect(code).toBe(0);
  expect(await archive.lab.as('b-service-restored-db-secret', 'SELECT current_user')).toEqual([{ current_user: 'reader' }]);
});

test('a restore waits for one of the same service, and for no other', async (context) => {
  const { lab, ...archive } = await start(context);
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

test('what another service gives to the login of a restore keeps no restore from its end', async (context) => {
  const archive = await start(context, { ...INPUT, values: 'services: { a-service: {}, b-service: {} }\n', files: WORDS });
  const { lab } = archive;
  await archive.backUp();
  // Every service sees the names of all roles, and may give privileges on what it owns to any of them.
  const given = lab.as('a-service-db-secret', GIVES_TO('bdb+restored'));
  const { code, output } = await archive.restore({ SERVICES: 'b-service' });
  await given;
  expect(output).toMatch(
    /^b-service: role bdb\+restored has privileges that a service gave to it; it is locked, and is called bdb\+restored_\S+ now$/m,
  );
  expect(code, output).toBe(0);
  const left = "SELECT rolcanlogin FROM pg_roles WHERE rolname LIKE 'bdb+restored%' AND rolname <> 'bdb+restored'";
  expect(await lab.admin(left)).toEqual([{ rolcanlogin: false }]);
  expect(
    await lab.admin("SELECT FROM pg_auth_members JOIN pg_roles AS r ON r.oid = member WHERE rolname LIKE 'bdb+restored%'"),
  ).toEqual([]);
  expect((await archive.restore({ SERVICES: 'b-service' })).code).toBe(0);
  expect((await lab.job()).code).toBe(0);
});

const WORDS = { 'schema/databases/b-service/001_words.sql': 'CREATE TABLE word (text text PRIMARY KEY);\n' };

/** Waits until there is such a role, and gives it a privilege. */
const GIVES_TO = (role: string): string => `SET statement_timeout = 0; CREATE TABLE bait ();
DO $$BEGIN
  WHILE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') LOOP PERFORM pg_sleep(0.01); END LOOP;
  GRANT SELECT ON bait TO "${role}";
END$$`;
