/** @module-tag quarter */
import { afterEach, describe, expect, inject, test } from 'vitest';
import type { DeploymentInput } from '../tools/deployment.ts';
import { runJob } from '../tools/job.ts';
import { deployOn, startProvisionedLab } from '../tools/lab.ts';
import { dataOf, keepSecrets, pick, withDesired, withSecretText, type Manifest } from '../tools/manifests.ts';
import type { PostgresMajor } from '../tools/postgres-binaries.ts';
import type { Result } from '../tools/run.ts';
import { startServer, withClient, type Server } from '../tools/server.ts';

const TWO = 'services:\n  a-service: {}\n  b-service: {}\n';
const THREE = `${TWO}  c-service: {}\n`;
const TABLE = 'CREATE TABLE t (i int);\nINSERT INTO t VALUES (1);\n';

/** Nothing of this depends on it. */
const major: PostgresMajor = 18;

describe('a change to a running PostgreSQL 18', () => {
  let server: Server | undefined;
  let manifests: Manifest[] = [];
  afterEach(async () => {
    await server?.end();
    server = undefined;
  });

  /** The deployment as values say, with the Secrets that it had before; the server is started at the first call. */
  const provision = async (input: DeploymentInput, change = (rendered: Manifest[]): Manifest[] => rendered): Promise<Result> => {
    const deployment = await deployOn(major, input);
    if (!server) manifests = [];
    manifests = change(keepSecrets(deployment.manifests, manifests));
    server ??= await startServer(inject('postgres')[major], manifests);
    return runJob(manifests, server.port);
  };

  /** Where the first run of the Job is behind a test, and no matter of it. */
  const begin = async (input: DeploymentInput): Promise<void> => {
    const lab = await startProvisionedLab(major, input);
    server = lab.server;
    manifests = lab.manifests();
  };

  const running = (): Server => {
    if (!server) throw new Error('the server is not running yet');
    return server;
  };

  const query = (service: string, sql: string): Promise<unknown[]> => {
    const { user, password, database } = dataOf(pick(manifests, 'Secret', `${service}-db-secret`));
    const config = { host: '127.0.0.1', port: running().port, user, password, database };
    return withClient(config, async (client) => (await client.query<object>(sql)).rows);
  };

  const admin = (sql: string, database?: string): Promise<unknown[]> =>
    running().asAdmin(async (client) => (await client.query<object>(sql)).rows, database);

  test('a service that is added disturbs no session of another and needs no restart', async () => {
    await begin({ values: TWO });
    const started = await admin('SELECT pg_postmaster_start_time() AS at, pg_conf_load_time() AS loaded');
    const { user, password, database } = dataOf(pick(manifests, 'Secret', 'a-service-db-secret'));
    await withClient({ host: '127.0.0.1', port: running().port, user, password, database }, async (client) => {
      await client.query('CREATE TEMP TABLE kept (i int)');
      const added = await provision({ values: THREE });
      expect(added.code).toBe(0);
      expect(added.output).toContain('c-service: CREATE DATABASE cdb ');
      expect(added.output).not.toMatch(/^[ab]-service: /m);
      expect((await client.query('SELECT count(*)::int AS rows FROM kept')).rows).toEqual([{ rows: 0 }]);
    });
    expect(await admin('SELECT pg_postmaster_start_time() AS at, pg_conf_load_time() AS loaded')).toEqual(started);
    expect(await query('c-service', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('broken SQL of one service stops only that service, leaves nothing, and is named with its line', async () => {
    const files = { 'schema/databases/a-service/001_a.sql': TABLE, 'schema/databases/b-service/001_b.sql': TABLE };
    const broken = {
      ...files,
      'schema/databases/a-service/002_bad.sql': 'CREATE TABLE half (i int);\nSELECT nothing FROM half;\n',
    };
    const failed = await provision({ values: TWO, files: broken });
    expect(failed.code).toBe(1);
    expect(failed.output).toContain(
      'a-service: schema file 002_bad.sql\na-service: ERROR:  002_bad.sql:2:8: column "nothing" does not exist\n',
    );
    expect(failed.output).toContain('2 services: 1 well, 1 not\n');
    expect(failed.stderr).toContain('not well: a-service; the lines above that begin with the name say why\n');
    expect(failed.output).not.toContain('CREATE TABLE half');
    expect(await query('b-service', 'SELECT i FROM t')).toEqual([{ i: 1 }]);
    expect(
      await query(
        'a-service',
        `SELECT to_regclass('half') AS half, (SELECT array_agg(name) FROM shared_postgresql.schema_file) AS applied`,
      ),
    ).toEqual([{ half: null, applied: ['001_a.sql'] }]);
    const again = await provision({
      values: TWO,
      files: { ...broken, 'schema/databases/a-service/002_bad.sql': 'CREATE TABLE half (i int);' },
    });
    expect(again.output).toMatch(
      /^a-service: schema file 002_bad.sql\na-service: well after \d+ ms\n2 services: 2 well, 0 not\n$/,
    );
  });

  test('a statement of the admin that the server refuses is named, and keeps no other service waiting', async () => {
    const values = TWO.replace('a-service: {}', 'a-service: { tempFileLimit: 1023GB }');
    // The generator lets no such value pass.
    const { code, output } = await provision({ values }, (rendered) => withDesired(rendered, '1023GB', '999999999TB'));
    expect(output).toContain('invalid value for parameter "temp_file_limit": "999999999TB"');
    expect(output).toContain("a-service: not done: ALTER ROLE adb_user SET temp_file_limit = '999999999TB'\n");
    expect(output).toContain('2 services: 1 well, 1 not\n');
    expect(code).toBe(1);
    expect(await query('b-service', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('a schema file that was edited after it was applied is refused by name', async () => {
    await begin({ values: TWO, files: { 'schema/databases/a-service/001_a.sql': TABLE } });
    const edited = await provision({
      values: TWO,
      files: { 'schema/databases/a-service/001_a.sql': `${TABLE}-- one more line\n` },
    });
    expect(edited.code).toBe(1);
    expect(edited.output).toContain(
      'a-service: ERROR:  schema file 001_a.sql was edited after it was applied; ' +
        'restore its text and put the change into a new schema file\n',
    );
    expect(await query('a-service', 'SELECT i FROM t')).toEqual([{ i: 1 }]);
    expect((await provision({ values: TWO, files: { 'schema/databases/a-service/001_a.sql': TABLE } })).code).toBe(0);
  });

  test('a service that is removed keeps its data, loses its login, and has both back when it returns', async () => {
    const files = { 'schema/databases/c-service/001_c.sql': TABLE };
    await begin({ values: THREE, files });
    const before = manifests;
    const removed = await provision({ values: TWO });
    expect(removed.code).toBe(0);
    expect(removed.output).toContain(
      'server: ALTER ROLE cdb_user NOLOGIN  -- retained: no service declares database cdb any more\n',
    );
    expect(removed.output).toContain('retained: database cdb and login role cdb_user (locked); no service declares them\n');
    expect(manifests.some(({ metadata }) => metadata.name === 'c-service-db-secret')).toBe(false);
    manifests = before;
    await expect(query('c-service', 'SELECT 1')).rejects.toThrow('role "cdb_user" is not permitted to log in');
    expect(await admin('SELECT i FROM t', 'cdb')).toEqual([{ i: 1 }]);
    expect((await provision({ values: THREE, files })).output).toContain(
      'c-service: ALTER ROLE cdb_user LOGIN  -- attributes of the role differ\n',
    );
    expect(await query('c-service', 'SELECT i FROM t')).toEqual([{ i: 1 }]);
  });

  test('a service with enabled: false is locked and keeps its data', async () => {
    await begin({ values: TWO });
    const { user, password, database } = dataOf(pick(manifests, 'Secret', 'b-service-db-secret'));
    expect((await provision({ values: TWO.replace('b-service: {}', 'b-service: { enabled: false }') })).code).toBe(0);
    const attempt = withClient({ host: '127.0.0.1', port: running().port, user, password, database }, (client) =>
      client.query('SELECT 1'),
    );
    await expect(attempt).rejects.toThrow('is not permitted to log in');
    expect(await admin(`SELECT count(*)::int AS databases FROM pg_database WHERE datname = 'bdb'`)).toEqual([{ databases: 1 }]);
  });

  test('a service that gets another login role keeps what the first one made, and the first is locked', async () => {
    const files = { 'schema/databases/a-service/001_a.sql': TABLE };
    await begin({ values: TWO, files });
    const first = dataOf(pick(manifests, 'Secret', 'a-service-db-secret'));
    manifests = manifests.filter(({ metadata }) => metadata.name !== 'a-service-db-secret');
    const renamed = await provision({ values: TWO.replace('a-service: {}', 'a-service: { user: other }'), files });
    expect(renamed.output).toContain(
      'a-service: REASSIGN OWNED BY adb_user TO other  -- the service has another login role now\n',
    );
    expect(renamed.code).toBe(0);
    expect(await query('a-service', 'INSERT INTO t VALUES (2) RETURNING current_user::text')).toEqual([
      { current_user: 'other' },
    ]);
    const { user, password, database } = first;
    const attempt = withClient({ host: '127.0.0.1', port: running().port, user, password, database }, (client) =>
      client.query('SELECT 1'),
    );
    await expect(attempt).rejects.toThrow(/pg_hba.conf rejects|not permitted to log in/);
    expect((await provision({ values: TWO.replace('a-service: {}', 'a-service: { user: other }'), files })).output).toMatch(
      /^2 services: 2 well, 0 not$/m,
    );
  });

  test('a password that was changed in its Secret reaches the server, whatever it is made of', async () => {
    await begin({ values: TWO });
    for (const password of [String.raw`it's: a "pass\word" %s $(id) {{ . }} ;=&`, 'pässwörd→', 'x'.repeat(500)]) {
      const change = (rendered: Manifest[]): Manifest[] => withSecretText(rendered, 'a-service-db-secret', 'password', password);
      const changed = await provision({ values: TWO }, change);
      expect(changed.output).toMatch(
        /^a-service: set the password of adb_user\na-service: well after \d+ ms\n2 services: 2 well, 0 not\n$/,
      );
      expect(await query('a-service', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(running().log()).not.toContain(password);
    }
  });

  test('a password that was changed on the server is set back', async () => {
    await begin({ values: TWO });
    await admin(`ALTER ROLE adb_user PASSWORD 'stolen'`);
    expect((await provision({ values: TWO })).output).toContain('a-service: set the password of adb_user\n');
    expect(await query('a-service', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test.each([
    ['missing', (rendered: Manifest[]) => rendered.filter(({ metadata }) => metadata.name !== 'a-service-db-secret')],
    ['empty', (rendered: Manifest[]) => withSecretText(rendered, 'a-service-db-secret', 'password', '\n')],
    ['of two lines', (rendered: Manifest[]) => withSecretText(rendered, 'a-service-db-secret', 'password', 'one\ntwo')],
  ])('a password that is %s stops its own service, with a sentence', async (_, change) => {
    const result = await provision({ values: TWO }, change);
    expect(result.code).toBe(1);
    expect(result.output).toContain(`a-service: its Secret is missing or has no usable key 'password' (one line, not empty)\n`);
    expect(result.output).toContain('2 services: 1 well, 1 not\n');
    expect(await query('b-service', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test.each([2, 4])('%i runs at once end well', async (count) => {
    const files = { 'schema/databases/a-service/001_a.sql': TABLE };
    await begin({ values: TWO, files });
    await provision({ values: THREE, files: { ...files, 'schema/databases/c-service/001_c.sql': TABLE } }, (rendered) => {
      manifests = rendered;
      return rendered;
    });
    await admin('DROP DATABASE adb');
    const runs = await Promise.all(Array.from({ length: count }, () => runJob(manifests, running().port)));
    expect(runs.map(({ code }) => code)).toEqual(runs.map(() => 0));
    expect(runs.filter(({ output }) => output.includes('CREATE DATABASE adb'))).toHaveLength(1);
    expect(await query('a-service', 'SELECT i FROM t')).toEqual([{ i: 1 }]);
  });

  test('the text of a schema file reaches the server as it is', async () => {
    const text = [
      `-- :USER :'USER' \\! touch /tmp/evil {{ .Values }} $(id) %s \\`,
      `CREATE TABLE texts (t text, a int[]);`,
      `INSERT INTO texts VALUES (E'a\\\\b :USER {{ fail "x" }}\\n', ARRAY[1,2,3]), ($x$ $(id) \\! ls -- ' " $x$, NULL);`,
      `DO $do$ BEGIN RAISE NOTICE 'as %', current_user; RESET ROLE; RESET SESSION AUTHORIZATION; END $do$;`,
      `SELECT a[1 :2] AS "ROW_COUNT" INTO sliced FROM texts`,
    ].join('\n');
    const result = await provision({ values: TWO, files: { 'schema/databases/a-service/001_a.sql': text } });
    expect(result.output).toContain('a-service: NOTICE:  as adb_user\n');
    expect(result.code).toBe(0);
    expect(await query('a-service', 'SELECT t FROM texts')).toEqual([
      { t: 'a\\b :USER {{ fail "x" }}\n' },
      { t: ` $(id) \\! ls -- ' " ` },
    ]);
    expect(await query('a-service', 'SELECT tableowner FROM pg_tables WHERE tablename = $$texts$$')).toEqual([
      { tableowner: 'adb_user' },
    ]);
  });

  test('extensions and limits of values.yaml reach the server', async () => {
    const values = `services:
  a-service:
    extensions: [pg_trgm, citext]
    connectionLimit: 3
    timeouts: { statement: 7s }
    tempFileLimit: 5MB
`;
    expect((await provision({ values })).code).toBe(0);
    expect(await query('a-service', `SELECT array_agg(extname::text ORDER BY extname) AS extensions FROM pg_extension`)).toEqual([
      { extensions: ['citext', 'pg_trgm', 'plpgsql'] },
    ]);
    expect(
      await query('a-service', `SELECT current_setting('statement_timeout') AS s, current_setting('temp_file_limit') AS t`),
    ).toEqual([{ s: '7s', t: '5MB' }]);
    const untrusted = await provision({ values: values.replace('citext', 'dblink') });
    expect(untrusted.code).toBe(1);
    expect(untrusted.output).toContain('a-service: ERROR:  permission denied to create extension "dblink"\n');
  });

  test('a server that is not there is named after the deadline', async () => {
    await begin({ values: TWO });
    await running().stop();
    const result = await runJob(manifests, running().port, { WAIT_SECONDS: '1' });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(
      `server: 127.0.0.1:${running().port} did not accept connections within 1 s; look at the log of the server's pod\n`,
    );
  });
});
