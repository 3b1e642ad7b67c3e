import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, inject, test, type TestContext } from 'vitest';
import { handOver } from '../../generator/laptop/identity.ts';
import { writeFiles } from '../tools/deployment.ts';
import { CHART, temporaryFolder } from '../tools/folders.ts';
import { runBackup, runBeforeServer, runJob, runRestore, startBeforeServer, type JobResult } from '../tools/job.ts';
import { deployOn, endWith, startBackedUpLab, startLab, startProvisionedLab, type Lab } from '../tools/lab.ts';
import { dataOf, keepSecrets, pick, type Manifest } from '../tools/manifests.ts';
import { fetchPrograms } from '../tools/postgres-binaries.ts';
import { run, runOk, type Result } from '../tools/run.ts';
import { cloneServer, withClient, type Server } from '../tools/server.ts';

/*
 * The data of 15 is brought over to 18 by the containers that come before the server, as the pod runs them.
 */
const KEPT = `
  a-service: { roles: { reporting: { access: readonly } }, connectionLimit: 7, extensions: [citext] }
  b-service: { tempFileLimit: 1MB }
`;
const valuesOf = (services: string): string => `services:\n${services}`;
const FILES = {
  'schema/databases/a-service/001_notes.sql': `
CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text citext NOT NULL, kind text DEFAULT 'a' CHECK (kind <> ''));
CREATE INDEX note_kind ON note (lower(kind));
CREATE VIEW seen AS SELECT id FROM note;
CREATE FUNCTION twice(i integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2 * i';
`,
};
const ROWS = Number(process.env['UPGRADE_ROWS'] ?? 1000);

const programs = await fetchPrograms();

interface Volume {
  readonly folder: string;
  /** Rendered for 18, with the Secrets that were there. */
  readonly manifests: readonly Manifest[];
}

/** A server of 15 in which two services are well and one is retained, stopped; and what its catalogs said. */
interface Former extends Volume {
  readonly catalogs: object[];
}

let former: Former;

beforeAll(async () => {
  const lab = await startLab(15, { values: valuesOf(`${KEPT}  gone-service: {}\n`), files: FILES });
  expect((await lab.job()).code).toBe(0);
  await lab.as('a-service-db-secret', `INSERT INTO note (text) SELECT 'n' || i FROM generate_series(1, ${ROWS}) AS i`);
  await lab.as('b-service-db-secret', `CREATE TABLE b AS SELECT 1 AS i; SELECT lo_from_bytea(4711, 'x')`);
  await lab.as('b-service-db-secret', `ALTER ROLE bdb_user SET search_path = "$user", public`);
  await lab.as('gone-service-db-secret', `CREATE TABLE last AS SELECT 'words' AS of`);
  await lab.change({ values: valuesOf(KEPT), files: FILES });
  expect((await lab.job()).code).toBe(0);
  former = await stop(lab, KEPT, FILES);
});

/** Stops a server of 15, to be brought over. */
async function stop(lab: Lab, services: string, files: Readonly<Record<string, string>> = {}): Promise<Former> {
  const catalogs = await lab.server.asAdmin(readCatalogs);
  const values = `postgresql: { upgradeFrom: { version: "15" } }\n${valuesOf(services)}`;
  const { manifests } = await deployOn(18, { values, files });
  await lab.server.stop();
  return { folder: lab.server.data, manifests: keepSecrets(manifests, lab.manifests()), catalogs };
}

/** What all databases share, as far as no number is in it, and the ledger's times. */
const CATALOGS = `
SELECT 'role' AS what, to_jsonb(a) - 'oid' AS is FROM pg_authid AS a WHERE rolname !~ '^pg_'
UNION ALL SELECT 'membership', jsonb_build_object('role', roleid::regrole, 'member', member::regrole, 'admin', admin_option) FROM pg_auth_members WHERE member >= 16384
UNION ALL SELECT 'setting', jsonb_build_object('role', r.rolname, 'database', d.datname, 'config', setconfig)
          FROM pg_db_role_setting LEFT JOIN pg_roles AS r ON r.oid = setrole LEFT JOIN pg_database AS d ON d.oid = setdatabase
UNION ALL SELECT 'database', jsonb_build_object('name', datname, 'owner', datdba::regrole, 'limit', datconnlimit, 'collate', datcollate, 'provider', datlocprovider,
            'privileges', (SELECT jsonb_agg(jsonb_build_array(a.grantee::regrole, privilege_type) ORDER BY a.grantee::regrole::text, privilege_type) FROM aclexplode(datacl) AS a)) FROM pg_database
UNION ALL SELECT 'record', to_jsonb(l) - 'database_oid' - 'digest' FROM shared_postgresql.login AS l
ORDER BY 1, 2`;
const readCatalogs = async (client: { query(sql: string): Promise<{ rows: object[] }> }): Promise<object[]> =>
  (await client.query(CATALOGS)).rows;

/** A volume with the data of the server of 15. */
async function volumeOf(from: Former): Promise<Volume> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '15'));
  await runOk('cp', ['-a', from.folder, join(folder, '15/docker')]);
  handOver(folder);
  handOver(join(folder, '15'));
  return { folder, manifests: from.manifests };
}

function environmentOf({ folder }: Volume, name: Step): Record<string, string> {
  const bin = name === 'take-over' ? inject('postgres')[15] : (programs ?? '');
  const paths = Object.entries({ FORMER: '15/docker', NEXT: '18/docker', STAGE: 'upgrade' });
  return {
    ...Object.fromEntries(paths.map(([key, path]) => [key, join(folder, path)])),
    PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
  };
}

type Step = 'take-over' | 'bring-over';

const runStep = (volume: Volume, name: Step, further: Record<string, string> = {}): Promise<JobResult> =>
  runBeforeServer(volume.manifests, name, { ...environmentOf(volume, name), ...further });

/** Kills a step as soon as it is so far, with the server that it started, as the end of its container does. */
async function killStep(volume: Volume, name: Step, isSoFar: (output: string) => boolean): Promise<void> {
  const step = startBeforeServer(volume.manifests, name, environmentOf(volume, name));
  const soFar = (): string => (isSoFar(step.output()) ? 'so far' : step.output());
  await expect.poll(soFar, { timeout: 60_000, interval: 20 }).toBe('so far');
  step.kill();
  const file = join(volume.folder, name === 'take-over' ? '15/docker' : '18/docker.unfinished', 'postmaster.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
  if (pid === 0 || !existsSync(`/proc/${pid}`)) return;
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000, interval: 20 }).toBe(false);
}

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

/** An index that is made well by 15, and by 18 unless it does this. */
const ON_THE_NEXT = `
CREATE FUNCTION public.f(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
  IF pg_catalog.current_setting('server_version_num')::integer >= 160000 THEN DOES END IF;
  RETURN i;
END$$;
CREATE TABLE t AS SELECT 1 AS i;
CREATE INDEX ON t (public.f(i));
`;

async function startNext(context: TestContext, { folder, manifests }: Volume): Promise<Server> {
  const server = await cloneServer(inject('postgres')[18], join(folder, '18/docker'), manifests);
  context.onTestFinished(() => server.end());
  return server;
}

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

    const server = await startNext(context, volume);
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
    ).toEqual([{ i: 1, large: 'x', path: '"$user", public' }]);
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
    expect(has('18/docker')).toBe(false);
    expect((await runStep(volume, 'bring-over')).code).toBe(0);
    // The pod starts anew, with nothing left to do.
    expect([await runStep(volume, 'take-over'), await runStep(volume, 'bring-over')]).toMatchObject([
      { code: 0, output: '' },
      { code: 0, output: '' },
    ]);
    const server = await startNext(context, volume);
    expect(await server.asAdmin(readCatalogs)).toEqual(former.catalogs);
    expect(await as(server, 'a-service-db-secret', 'SELECT count(*)::integer FROM note')).toEqual([{ count: ROWS }]);
  });

  test('keeps the backups that were made before: one of 15 is restored by 18', async (context) => {
    context.skip(programs === undefined, 'the programs of 18 could not be had');
    const values = `backup: { schedule: '@daily' }\n${valuesOf(KEPT)}`;
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
    for (const [name, does] of Object.entries({ slow: 'PERFORM pg_sleep(1000);', newer: "RAISE 'not here';", loud: LOUD }))
      await lab.as(`${name}-db-secret`, ON_THE_NEXT.replace('DOES', does));
    const hostile = await stop(lab, services);
    const volume = await volumeOf(hostile);
    expect((await runStep(volume, 'take-over')).code).toBe(0);
    const { code, output } = await runStep(volume, 'bring-over', { SERVICE_SECONDS: '15' });
    expect(code).toBe(0);
    expect(output).toMatch(/^newer: .*not here$/m);
    expect(output).toMatch(/^slow: ERROR: {2}pg_restore did not end in 15 s/m);
    for (const name of ['hostile', 'calm', 'loud'])
      expect(output).toMatch(new RegExp(`^${name}: is in PostgreSQL 18, compared`, 'm'));

    const server = await startNext(context, volume);
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

/** What the image's does with a volume that holds a server, or none. */
const ENTRYPOINT = '#!/bin/bash\necho starts\n';

/** Runs the server's own script on a volume with these majors. */
async function start(
  version: string,
  majors: readonly string[],
  environment: Record<string, string> = {},
): Promise<Result & { folders: readonly string[] }> {
  const folder = temporaryFolder();
  writeFiles(folder, {
    password: 'x',
    'bin/docker-entrypoint.sh': ENTRYPOINT,
    'bin/postgres': '',
    'run/.keep': '',
    'volume/.keep': '',
  });
  for (const major of majors) writeFiles(folder, { [`volume/${major}/docker/PG_VERSION`]: major });
  for (const name of ['docker-entrypoint.sh', 'postgres']) chmodSync(join(folder, 'bin', name), 0o755);
  const result = await run('bash', [join(CHART, 'engines/pod/start.sh')], {
    env: {
      ...environment,
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      PGDATA: join(folder, 'volume', version, 'docker'),
      POSTGRES_PASSWORD_FILE: join(folder, 'password'),
      PGPASSFILE: join(folder, 'run/.pgpass'),
    },
  });
  const folders = ['15', '18'].flatMap((major) => {
    const path = join(folder, 'volume', major);
    return existsSync(path) ? readdirSync(path).map((name) => `${major}/${name.replace(/\d{4}-.*/, 'TIME')}`) : [];
  });
  return { ...result, folders };
}

describe('the server on a volume of several majors', () => {
  test('starts with what its own major has there, and on an empty one', async () => {
    for (const [version, majors] of [
      ['18', []],
      ['18', ['15', '18']],
      ['15', ['15']],
    ] as const)
      expect(await start(version, majors)).toMatchObject({ code: 0, output: 'starts\n' });
  });

  test('does not take the data of another major for nothing', async () => {
    const { code, output } = await start('18', ['15']);
    expect(output).toBe(
      "the volume has the data of PostgreSQL 15 and none of 18: set postgresql.version to 15, or bring it over with postgresql.upgradeFrom.version: '15' (docs/upgrade.md)\n",
    );
    expect(code).toBe(1);
  });

  test('goes back to a former major only when it is told to, and keeps what the later one had', async () => {
    const refused = await start('15', ['15', '18']);
    expect(refused.output).toBe(
      "the volume has the data of PostgreSQL 18, and postgresql.version is 15: set it to 18. What PostgreSQL 15 had before an upgrade comes back, without what was written since, with postgresql.returnFrom: '18'\n",
    );
    expect(refused.code).toBe(1);
    const { code, folders } = await start('15', ['15', '18'], { RETURN_FROM: '18' });
    expect({ code, folders }).toEqual({ code: 0, folders: ['15/docker', '18/left-TIME'] });
    expect((await start('15', ['18'], { RETURN_FROM: '18' })).code).toBe(1);
  });
});
