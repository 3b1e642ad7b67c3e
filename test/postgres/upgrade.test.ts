import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runBackup, runJob, runRestore } from '../tools/job.ts';
import { deployOn, endWith, startBackedUpLab, startLab, startProvisionedLab } from '../tools/lab.ts';
import { dataOf, pick } from '../tools/manifests.ts';
import { withClient, type Server } from '../tools/server.ts';
import { killStep, programs, readCatalogs, runStep, startOn, stop, valuesOf, volumeOf, type Former } from '../tools/upgrade.ts';

/*
 * The data of 15 is brought over to 18 by the containers that come before the server, as the pod runs them.
 */
const KEPT = `
  a-service: { roles: { reporting: { access: readonly } }, connectionLimit: 7, extensions: [citext] }
  b-service: { tempFileLimit: 1MB, placedExtensions: { hstore: { schema: ext, version: '1.7' }, pg_trgm: {}, amcheck: { schema: ext, version: '1.2' } } }
`;
/** What is not trusted is the admin's to make. */
const ALLOWED = 'postgresql: { allowedExtensions: [amcheck] }\n';
const FILES = {
  'schema/databases/a-service/001_notes.sql': `
CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text citext NOT NULL, kind text DEFAULT 'a' CHECK (kind <> ''));
CREATE INDEX note_kind ON note (lower(kind));
CREATE VIEW seen AS SELECT id FROM note;
CREATE FUNCTION twice(i integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2 * i';
`,
};
const ROWS = Number(process.env['UPGRADE_ROWS'] ?? 1000);

let former: Former;

beforeAll(async () => {
  const settings = 'postgresql: { allowedExtensions: [amcheck], settings: { max_replication_slots: 12 } }\n';
  const lab = await startLab(15, { values: `${settings}${valuesOf(`${KEPT}  gone-service: {}\n`)}`, files: FILES });
  expect((await lab.job()).code).toBe(0);
  await lab.as('a-service-db-secret', `INSERT INTO note (text) SELECT 'n' || i FROM generate_series(1, ${ROWS}) AS i`);
  // From 16 on it is a reserved word.
  await lab.as('b-service-db-secret', `CREATE TABLE b AS SELECT 1 AS i, 2 AS system_user; SELECT lo_from_bytea(4711, 'x')`);
  // What a login that only reads can make, for itself alone.
  await lab.as(
    'a-service-reporting-db-secret',
    `SELECT lo_from_bytea(4712, 'x'); ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC`,
  );
  await lab.as('b-service-db-secret', `ALTER ROLE bdb_user SET search_path = "$user", public`);
  await lab.as('gone-service-db-secret', `CREATE TABLE last AS SELECT 'words' AS of`);
  await lab.change({ values: ALLOWED + valuesOf(KEPT), files: FILES });
  expect((await lab.job()).code).toBe(0);
  // More than a server may have by default.
  await lab.admin("SELECT pg_create_physical_replication_slot('slot_' || i) FROM generate_series(1, 12) AS i");
  former = await stop(lab, KEPT, FILES);
});

/** Becomes a superuser wherever one runs it: when a partition is attached, a value of a domain is read, an index or a view is made. */
const PLANTED = `
CREATE FUNCTION public.take() RETURNS void LANGUAGE plpgsql AS $$BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname IN (current_user, session_user) AND rolsuper) THEN ALTER ROLE hostiledb_user SUPERUSER; END IF;
END$$;
CREATE FUNCTION public.evil(i integer, t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM public.take(); RETURN true; END$$;
CREATE TABLE whole (k integer, t text) PARTITION BY LIST (k);
CREATE TABLE part (k integer, t text, CHECK (public.evil(1, 'attached')));
ALTER TABLE whole ATTACH PARTITION part FOR VALUES IN (1);
CREATE DOMAIN word AS text CHECK (public.evil(2, VALUE));
CREATE TABLE words (w word, d boolean DEFAULT public.evil(3, ''));
INSERT INTO words SELECT 'w' || i % 3 FROM generate_series(1, 500) AS i;
CREATE INDEX ON words (public.evil(4, w));
CREATE MATERIALIZED VIEW seen AS SELECT public.evil(5, w) FROM words;
CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM public.take(); RETURN NEW; END$$;
CREATE TRIGGER notes BEFORE INSERT ON words FOR EACH ROW EXECUTE FUNCTION public.note();
ALTER TABLE words ENABLE ALWAYS TRIGGER notes;
ALTER TABLE words ENABLE ROW LEVEL SECURITY;
CREATE POLICY looks ON words USING (public.evil(6, w));
CREATE VIEW pg_roles AS SELECT 1;
ANALYZE;
`;

/** Fails where what it says would be written down. */
const LOUD = `IF pg_catalog.current_setting('log_min_messages') <> 'fatal' THEN RAISE 'what I log fills the pod''s folder'; END IF;`;

/** Takes minutes, in a library that asks nobody whether it should go on: no termination ends it. */
const DEAF = `PERFORM pg_catalog.xpath('//*[count(//*[count(//*)>0])>0]', ('<r>' || repeat('<a/>', 5000) || '</r>')::xml);`;

/** Gives the service's login a verifier that 15 takes and 18 does not. */
const LONG = `DO $do$ BEGIN
  EXECUTE format('ALTER ROLE CURRENT_USER PASSWORD %L', format('SCRAM-SHA-256$4096:%s$%s:%2$s', repeat('c2Fs', 500), encode(sha256('x'), 'base64')));
END $do$`;

/** An index that is made well by 15, and by 18 unless it does this. */
const ON_THE_NEXT = `
CREATE FUNCTION public.f(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
  IF pg_catalog.current_setting('server_version_num')::integer >= 160000 THEN DOES END IF;
  RETURN i;
END$$;
CREATE TABLE t AS SELECT 1 AS i;
CREATE INDEX ON t (public.f(i));
`;

const as = (server: Server, secret: string, sql: string, manifests = former.manifests): Promise<object[]> => {
  const { user, password, database } = dataOf(pick(manifests, 'Secret', secret));
  return withClient(
    { host: '127.0.0.1', port: server.port, user, password, database },
    async (client) => (await client.query<object>(sql)).rows,
  );
};

describe('an upgrade from 15 to 18', { timeout: 300_000 }, () => {
  test('brings every service over as it was, one that is retained too, and provisioning has nothing to mend', async (context) => {
    context.skip(programs === undefined, 'the programs of 18 could not be had');
    const volume = await volumeOf(former);
    const taken = await runStep(volume, 'take-over');
    expect(
      taken.output
        .replaceAll(/\d+ s$/gm, 'N s')
        .split('\n')
        .sort(),
    ).toEqual(['', ...['a', 'b', 'gone'].map((name) => `${name}-service: taken out of PostgreSQL 15 after N s`)].sort());
    const brought = await runStep(volume, 'bring-over');
    expect(brought.output).toMatch(/^a-service: is in PostgreSQL 18, compared, after \d+ s$/m);
    expect([taken.code, brought.code]).toEqual([0, 0]);
    expect(readdirSync(volume.folder).sort()).toEqual(['15', '18']);

    const server = await startOn(context, volume);
    expect(await server.asAdmin(readCatalogs)).toEqual(former.catalogs);
    expect(await server.asAdmin(async (client) => (await client.query<object>('SELECT * FROM last')).rows, 'gonedb')).toEqual([
      { of: 'words' },
    ]);
    const job = await runJob(former.manifests, server.port);
    expect(job.output.replaceAll(/\d+ ms$/gm, 'N ms')).toMatch(
      /^([ab]-service: well after N ms\n){2}retained: .*\nretained: .*\n2 services: 2 well, 0 not\n$/,
    );
    expect(job.code).toBe(0);
    expect(await as(server, 'a-service-db-secret', 'SELECT count(*)::integer, max(id)::integer FROM note')).toEqual([
      { count: ROWS, max: ROWS },
    ]);
    expect(
      await as(
        server,
        'a-service-db-secret',
        `INSERT INTO note (text) VALUES ('N1') RETURNING id::integer, text = 'n1' AS is_folded`,
      ),
    ).toEqual([{ id: ROWS + 1, is_folded: true }]);
    expect(
      await as(
        server,
        'b-service-db-secret',
        `SELECT i, encode(lo_get(4711), 'escape') AS large, current_setting('search_path') AS path FROM b`,
      ),
    ).toEqual([{ i: 1, large: 'x', path: '"$user", public, ext, shared_postgresql' }]);
  });

  test('makes an extension of the version that values.yaml pins, or says before it begins that there is none', async (context) => {
    context.skip(programs === undefined, 'the programs of 18 could not be had');
    const pin = (version: string): string => KEPT.replace("version: '1.7'", `version: '${version}'`);
    const volume = await volumeOf(former);
    expect((await runStep(volume, 'take-over')).code).toBe(0);
    const { manifests } = await deployOn(18, { values: ALLOWED + valuesOf(pin('1.99')), files: FILES });
    const desired = pick(manifests, 'ConfigMap', /-desired$/);
    const lacking = former.manifests.map((each) =>
      each.kind === desired.kind && each.metadata.name === desired.metadata.name ? desired : each,
    );
    const refused = await runStep({ ...volume, manifests: lacking }, 'bring-over');
    expect(refused.output).toMatch(
      /^b-service: ERROR: {2}extension hstore has no version 1\.99 in PostgreSQL 18; it has 1\.4, .*1\.8\. Nothing was changed: /m,
    );
    expect(refused.code).toBe(1);
    expect(existsSync(join(volume.folder, '18/docker'))).toBe(false);
    const { code, output } = await runStep(volume, 'bring-over');
    expect(code, output).toBe(0);
    const server = await startOn(context, volume);
    const versions =
      "SELECT extname, extversion, extnamespace::regnamespace::text AS schema, extowner::regrole::text AS owner FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1";
    expect(await as(server, 'b-service-db-secret', versions)).toEqual([
      { extname: 'amcheck', extversion: '1.2', schema: 'ext', owner: 'postgres' },
      { extname: 'hstore', extversion: '1.7', schema: 'ext', owner: 'bdb_user' },
      { extname: 'pg_trgm', extversion: '1.6', schema: 'public', owner: 'bdb_user' },
    ]);
    expect((await runJob(former.manifests, server.port)).output).toMatch(/^2 services: 2 well, 0 not$/m);
  });

  test('is broken off anywhere, and begins again', async (context) => {
    context.skip(programs === undefined, 'the programs of 18 could not be had');
    const volume = await volumeOf(former);
    const has = (path: string): boolean => existsSync(join(volume.folder, path));
    await killStep(volume, 'take-over', () => has('15/docker/postmaster.pid'));
    await killStep(volume, 'take-over', (output) => output.includes('taken out'));
    expect(has('upgrade')).toBe(false);
    expect((await runStep(volume, 'take-over')).code).toBe(0);
    await killStep(volume, 'bring-over', () => has('18/docker.unfinished/postmaster.pid'));
    await killStep(volume, 'bring-over', (output) => output.includes('is in PostgreSQL 18'));
    const another = await runStep(volume, 'bring-over', { TO: '17' });
    expect(another.output).toContain(
      'server: ERROR:  this image has PostgreSQL 18, and postgresql.version is 17. Nothing was changed: ',
    );
    expect(another.code).toBe(1);
    expect(has('18/docker')).toBe(false);
    expect((await runStep(volume, 'bring-over')).code).toBe(0);
    // The pod starts anew, with nothing left to do.
    expect([await runStep(volume, 'take-over'), await runStep(volume, 'bring-over')]).toMatchObject([
      { code: 0, output: '' },
      { code: 0, output: '' },
    ]);
    const server = await startOn(context, volume);
    expect(await server.asAdmin(readCatalogs)).toEqual(former.catalogs);
    expect(await as(server, 'a-service-db-secret', 'SELECT count(*)::integer FROM note')).toEqual([{ count: ROWS }]);
  });

  test('keeps the backups that were made before: one of 15 is restored by 18', async (context) => {
    context.skip(programs === undefined, 'the programs of 18 could not be had');
    const values = `backup: { schedule: '@daily' }\n${ALLOWED}${valuesOf(KEPT)}`;
    const { lab, folder } = await startBackedUpLab(context, { values, files: FILES });
    await lab.as('a-service-db-secret', `INSERT INTO note (text) VALUES ('before')`);
    expect((await runBackup(lab.manifests(), lab.server.port, folder, { script: 'backup.sh' })).code).toBe(0);
    const next = endWith(context, await startProvisionedLab(18, { values, files: FILES }));
    const environment = { SERVICES: 'a-service', PATH: [programs ?? '', process.env['PATH'] ?? ''].join(delimiter) };
    const { code, output } = await runRestore(next.manifests(), next.server.port, folder, environment);
    expect(output).toMatch(/^a-service: restored and compared, /m);
    expect(code).toBe(0);
    expect(await next.as('a-service-db-secret', 'SELECT text FROM note')).toEqual([{ text: 'before' }]);
  });

  test('runs nothing of a service as the admin, and leaves behind what does not come along', async (context) => {
    context.skip(programs === undefined, 'the programs of 18 could not be had');
    const services = '  hostile: {}\n  slow: {}\n  newer: {}\n  calm: {}\n  loud: {}\n';
    const lab = await startLab(15, { values: valuesOf(services) });
    expect((await lab.job()).code).toBe(0);
    await lab.as('hostile-db-secret', PLANTED);
    for (const [name, does] of Object.entries({ slow: DEAF, newer: "RAISE 'not here';", loud: LOUD }))
      await lab.as(`${name}-db-secret`, ON_THE_NEXT.replace('DOES', does));
    await lab.as('calm-db-secret', LONG);
    const hostile = await stop(lab, services);
    const volume = await volumeOf(hostile);
    expect((await runStep(volume, 'take-over')).code).toBe(0);
    const { code, output } = await runStep(volume, 'bring-over', { SERVICE_SECONDS: '15' });
    expect(code).toBe(0);
    expect(output).toMatch(/^newer: .*not here$/m);
    expect(output).toMatch(/^slow: ERROR: {2}pg_restore did not end in 15 s/m);
    for (const name of ['hostile', 'calm', 'loud'])
      expect(output).toMatch(new RegExp(`^${name}: is in PostgreSQL 18, compared`, 'm'));

    const server = await startOn(context, volume);
    const superusers = 'SELECT rolname FROM pg_roles WHERE rolsuper';
    expect(await server.asAdmin(async (client) => (await client.query<object>(superusers)).rows)).toEqual([
      { rolname: 'postgres' },
    ]);
    const job = await runJob(hostile.manifests, server.port);
    expect(job.output).toMatch(
      /^newer: refused: it stayed in the data of the former major when the server was upgraded: -- docs\/upgrade\.md says how newer comes back$/m,
    );
    expect(job.output).toMatch(/^5 services: 3 well, 2 not$/m);
    await expect(as(server, 'newer-db-secret', 'SELECT', hostile.manifests)).rejects.toThrow();
    // As the page says: it begins anew.
    await server.asAdmin((client) =>
      client.query(`UPDATE shared_postgresql.login SET service = 'newer' WHERE service = 'newer+left'`),
    );
    expect((await runJob(hostile.manifests, server.port)).output).toMatch(/^newer: well after /m);
    await as(server, 'newer-db-secret', 'CREATE TABLE again ()', hostile.manifests);
  });
});
