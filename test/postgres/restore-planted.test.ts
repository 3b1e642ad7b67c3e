/** @module-tag sixth */
import { expect, test } from 'vitest';
import { runBackup } from '../tools/job.ts';
import { databasesOf, limitOf, startRestoring, TWO_SERVICES, WORDS } from '../tools/restoring.ts';

/*
 * What a service planted in its own database, or in another's way, while it is restored: it runs as that service, has an end and a bound, and no neighbour
 * notices.
 */
test('what a service planted runs as the service, and a restore that fails leaves everything as it was', async (context) => {
  const archive = await startRestoring(context);
  const { lab } = archive;
  await lab.as(
    'b-service-db-secret',
    `${WHO}; CREATE TABLE planted (i integer CHECK (public.who() > 0)); INSERT INTO planted VALUES (1)`,
  );
  await archive.backUp();
  const before = await databasesOf(lab);
  const { code, output } = await archive.restore({ SERVICES: 'b-service' });
  expect(output).toMatch(/^b-service: .*ERROR: +planted: bdb_user bdb\+restored off$/m);
  expect(output).toMatch(/^b-service: backup \S+ was not restored; the service's database is as it was$/m);
  expect(output).toContain('not restored: b-service\n');
  expect(code).toBe(1);
  expect(await databasesOf(lab)).toEqual(before);
  expect(await limitOf(lab)).toEqual([{ rolconnlimit: 2 }]);
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

test('what a login that only reads can make keeps its service from neither backup nor restore', async (context) => {
  const { lab, ...archive } = await startRestoring(context, {
    ...TWO_SERVICES,
    values: 'services: { b-service: { roles: { reporting: {} } } }\n',
  });
  await lab.as('b-service-reporting-db-secret', MADE_BESIDE);
  const night = await runBackup(lab.manifests(), lab.server.port, archive.folder);
  expect(night.output).toMatch(/^b-service: backup \S+ restored and compared, /m);
  expect(night.code).toBe(0);
  const { code, output } = await archive.restore({ SERVICES: 'b-service' });
  expect(code, output).toBe(0);
  expect(await lab.as('b-service-db-secret', `SELECT encode(lo_get(4711), 'escape') AS large`)).toEqual([{ large: 'x' }]);
});

/** Its own, for itself: nobody else may read the one, or set the other. */
const MADE_BESIDE = `
SELECT lo_from_bytea(4711, 'x');
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC`;

test('what never ends in a service while it is restored has an end, and no more connections than a restore', async (context) => {
  const { lab, ...archive } = await startRestoring(context, {
    ...TWO_SERVICES,
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
  const { lab, folder, ...archive } = await startRestoring(context, {
    values: 'services: { a-service: { tempFileLimit: 1MB }, b-service: { tempFileLimit: 1MB } }\n',
    args: TWO_SERVICES.args,
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

test('what another service gives to the login of a restore keeps no restore from its end', async (context) => {
  const archive = await startRestoring(context, {
    ...TWO_SERVICES,
    values: 'services: { a-service: {}, b-service: {} }\n',
    files: WORDS,
  });
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

/** Waits until there is such a role, and gives it a privilege. */
const GIVES_TO = (role: string): string => `SET statement_timeout = 0; CREATE TABLE bait ();
DO $$BEGIN
  WHILE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') LOOP PERFORM pg_sleep(0.01); END LOOP;
  GRANT SELECT ON bait TO "${role}";
END$$`;
