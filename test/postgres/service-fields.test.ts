/** @module-tag quarter */
import { chmodSync } from 'node:fs';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { deploy, writeFiles, type Deployment } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runJob } from '../tools/job.ts';
import { dataOf, keepSecrets, pick, type Manifest } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import type { Result } from '../tools/run.ts';
import { startServer, withClient, type Server } from '../tools/server.ts';

describe.each(POSTGRES_MAJORS)('what a service may ask for on PostgreSQL %i', (major) => {
  let server: Server | undefined;
  let manifests: Manifest[] = [];

  afterEach(async () => {
    await server?.end();
    server = undefined;
    manifests = [];
  });

  const provision = async (values: string, files = {}): Promise<Result> => {
    const { manifests: rendered } = await deploy({ values, files, args: ['--set-string', `postgresql.version=${major}`] });
    manifests = keepSecrets(rendered, manifests);
    server ??= await startServer(inject('postgres')[major], manifests);
    return runJob(manifests, server.port);
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

  test('an encoding and a locale, which stay as they are made', async () => {
    const values = 'services:\n  a-service: { encoding: LATIN1, locale: { provider: libc, name: C } }\n  b-service: {}\n';
    expect((await provision(values)).output).toContain(
      `a-service: CREATE DATABASE adb OWNER postgres TEMPLATE template0 ALLOW_CONNECTIONS false ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'  -- the database is missing\n`,
    );
    expect(
      await admin(
        `SELECT datname, pg_encoding_to_char(encoding) AS encoding, datcollate FROM pg_database WHERE datname IN ('adb', 'bdb') ORDER BY 1`,
      ),
    ).toEqual([
      { datname: 'adb', encoding: 'LATIN1', datcollate: 'C' },
      { datname: 'bdb', encoding: 'UTF8', datcollate: 'C' },
    ]);
    const changed = await provision('services:\n  a-service: {}\n  b-service: {}\n');
    expect(changed.output).toContain(
      `reported: a-service: -- dump adb, make it anew with ENCODING 'UTF8', restore  -- the database has the encoding LATIN1, not UTF8, and no statement changes that\n2 services: 2 well, 0 not\n`,
    );
    expect(changed.code).toBe(0);
  });

  test('a locale that the server has not is named, and keeps no other service waiting', async () => {
    const { code, output } = await provision(
      'image: { repository: platform/postgres }\nservices:\n  a-service: { locale: { provider: libc, name: xx_XX } }\n  b-service: {}\n',
    );
    expect(output).toMatch(/ERROR: {2}invalid (LC_COLLATE )?locale name: "xx_XX"/);
    expect(output).toContain('a-service: not done: CREATE DATABASE adb ');
    expect(output).toContain('2 services: 1 well, 1 not\n');
    expect(code).toBe(1);
  });

  test('functions of an allowed extension that are not for services are closed before anybody comes in', async () => {
    const { code, output } = await provision(
      'postgresql: { allowedExtensions: [pg_prewarm] }\nservices:\n  a-service: { extensions: [pg_prewarm] }\n',
    );
    const opened = output.indexOf('a-service: GRANT adb TO adb_user');
    for (const name of ['autoprewarm_start_worker', 'autoprewarm_dump_now']) {
      const closed = output.indexOf(
        `a-service: REVOKE EXECUTE ON FUNCTION shared_postgresql.${name}() FROM PUBLIC  -- a function of an allowed`,
      );
      expect(closed, name).toBeGreaterThan(-1);
      expect(closed, name).toBeLessThan(opened);
      await expect(query('a-service', `SELECT ${name}()`)).rejects.toThrow(`permission denied for function ${name}`);
    }
    expect(code).toBe(0);
    await admin('GRANT EXECUTE ON FUNCTION shared_postgresql.autoprewarm_dump_now() TO PUBLIC', 'adb');
    expect((await runJob(manifests, running().port, { COMPARE: 'all' })).output).toContain(
      'a-service: REVOKE EXECUTE ON FUNCTION',
    );
  });

  // What follows is asked of any server in the same way.
  if (major !== 15) return;

  test('settings of its sessions, changed and taken back', async () => {
    const values = 'services:\n  a-service: { workMem: 7MB, searchPath: [$user, app, Odd, public], roles: { reporting: {} } }\n';
    expect((await provision(values)).code).toBe(0);
    for (const login of ['a-service', 'a-service-reporting'])
      expect(await query(login, `SELECT current_setting('work_mem') AS m, current_setting('search_path') AS p`)).toEqual([
        { m: '7MB', p: '"$user", app, "Odd", public' },
      ]);
    expect((await provision(values)).output).toBe('1 services: 1 well, 0 not\n');
    const without = await provision('services:\n  a-service: { roles: { reporting: {} } }\n');
    expect(without.output).toContain(
      'a-service: ALTER ROLE adb_user RESET search_path  -- nobody declared this setting of the login role\n',
    );
    expect(await query('a-service', `SELECT current_setting('search_path') AS p`)).toEqual([{ p: '"$user", public' }]);
  });

  test('extensions that are not trusted only from the list, made by the admin in its own schema', async () => {
    const refused = await provision('services:\n  a-service: { extensions: [moddatetime] }\n');
    expect(refused.output).toContain('a-service: ERROR:  permission denied to create extension "moddatetime"\n');
    const allowed = await provision(
      'postgresql: { allowedExtensions: [moddatetime, earthdistance] }\nservices:\n  a-service: { extensions: [moddatetime, earthdistance, pg_trgm] }\n',
    );
    expect(allowed.output).toContain(
      'a-service: CREATE EXTENSION moddatetime SCHEMA shared_postgresql CASCADE  -- an extension that values.yaml allows is missing\n',
    );
    expect(allowed.code).toBe(0);
    expect(
      await query(
        'a-service',
        `SELECT extname, extowner::regrole::text AS owner, extnamespace::regnamespace::text AS schema FROM pg_extension ORDER BY 1`,
      ),
    ).toEqual([
      { extname: 'cube', owner: 'postgres', schema: 'shared_postgresql' },
      { extname: 'earthdistance', owner: 'postgres', schema: 'shared_postgresql' },
      { extname: 'moddatetime', owner: 'postgres', schema: 'shared_postgresql' },
      { extname: 'pg_trgm', owner: 'adb_user', schema: 'public' },
      { extname: 'plpgsql', owner: 'postgres', schema: 'pg_catalog' },
    ]);
    expect(await query('a-service', `SELECT to_regproc('moddatetime')::text AS found`)).toEqual([{ found: 'moddatetime' }]);
    await expect(query('a-service', 'DROP EXTENSION moddatetime')).rejects.toThrow('must be owner of extension moddatetime');
    const again = await runJob(manifests, running().port, { COMPARE: 'all' });
    expect(again.output).toMatch(/^a-service: well after \d+ ms\n1 services: 1 well, 0 not\n$/);
    const without = await provision('services:\n  a-service: {}\n');
    expect(without.output).toContain(
      'a-service: reported: DROP EXTENSION moddatetime  -- nobody declared this extension, and postgres owns it\n',
    );
    expect(without.code).toBe(0);
  });

  test('the admin builds no extension on one that the service made', async () => {
    await provision('services:\n  a-service: { extensions: [cube] }\n');
    const { output, code } = await provision(
      'postgresql: { allowedExtensions: [earthdistance] }\nservices:\n  a-service: { extensions: [cube, earthdistance] }\n',
    );
    expect(output).toContain(
      'a-service: ERROR:  extension earthdistance needs cube, which the service created; the admin builds on its own only\n',
    );
    expect(code).toBe(1);
  });

  describe('a database is dropped', () => {
    const files = { 'schema/databases/a-service/001_a.sql': 'CREATE TABLE t (i int);\n' };
    const BOTH = 'services:\n  a-service: { roles: { reporting: {} } }\n  b-service: {}\n';
    const droppedBy = (drop: string): string => `services:\n  a-service: { enabled: false, drop: ${drop} }\n  b-service: {}\n`;

    const retainAndConfirm = async (): Promise<string> => {
      await provision(BOTH, files);
      const { output } = await provision('services:\n  a-service: { enabled: false }\n  b-service: {}\n', files);
      const confirmation =
        /^retained: after its last backup, enabled: false and drop: (confirm-adb-\d+) in its entry drop database adb$/m.exec(
          output,
        )?.[1];
      expect(confirmation, output).toBeDefined();
      return `${confirmation ?? ''}-without-backup`;
    };
    const leftovers = (): Promise<unknown[]> =>
      admin(`SELECT (SELECT count(*)::int FROM pg_database WHERE datname = 'adb') AS databases,
        (SELECT count(*)::int FROM pg_roles WHERE rolname ~ '^adb') AS roles,
        (SELECT count(*)::int FROM shared_postgresql.login WHERE database = 'adb') AS remembered`);

    test('when its removal was confirmed by its number, with all its roles', async () => {
      const confirmation = await retainAndConfirm();
      expect(await leftovers()).toEqual([{ databases: 1, roles: 3, remembered: 2 }]);
      const { code, output } = await provision(droppedBy(confirmation), files);
      expect(output).toContain(
        'a-service: DROP DATABASE adb  -- values.yaml confirms that it is dropped, and that no backup is wanted\n',
      );
      expect(output).not.toContain('not done');
      expect(code).toBe(0);
      expect(await leftovers()).toEqual([{ databases: 0, roles: 0, remembered: 0 }]);
      expect((await provision(droppedBy(confirmation), files)).output).toBe('1 services: 1 well, 0 not\n');
      expect((await provision(BOTH, files)).code).toBe(0);
      const later = await provision(droppedBy(confirmation), files);
      expect(later.output).toMatch(
        /^reported: a-service: drop: confirm-adb-\d+ {2}-- values.yaml confirms to drop the database with the oid \d+; this is another, and it stays$/m,
      );
      expect(await leftovers()).toEqual([{ databases: 1, roles: 3, remembered: 2 }]);
    });

    test('not without a backup that was made since it was locked, unless the word is there', async () => {
      const confirmation = await retainAndConfirm();
      const { code, output } = await provision(droppedBy(confirmation.replace('-without-backup', '')), files);
      expect(output).toContain(
        'a-service: refused: no backup of database adb was made and rehearsed since it was locked; ' +
          `make the last one (docs/backup.md), or drop it without one by this line: drop: ${confirmation}\n`,
      );
      expect(code).toBe(1);
      expect(await leftovers()).toEqual([{ databases: 1, roles: 3, remembered: 2 }]);
      expect((await provision(droppedBy(confirmation), files)).code).toBe(0);
    });

    test('not while somebody is in it: the sentence says so, and the next run does it', async () => {
      const confirmation = await retainAndConfirm();
      await running().asAdmin(async () => {
        const { code, output } = await provision(droppedBy(confirmation), files);
        expect(output).toContain('ERROR:  database "adb" is being accessed by other users\n');
        expect(output).toContain('a-service: not done: DROP DATABASE adb\n');
        expect(code).toBe(1);
        expect(await leftovers()).toEqual([{ databases: 1, roles: 3, remembered: 2 }]);
      }, 'adb');
      expect((await provision(droppedBy(confirmation), files)).code).toBe(0);
      expect(await leftovers()).toEqual([{ databases: 0, roles: 0, remembered: 0 }]);
    });

    test('not when provisioning never made it', async () => {
      await provision('services:\n  b-service: {}\n');
      await admin('CREATE DATABASE adb');
      const [row] = await admin(`SELECT oid FROM pg_database WHERE datname = 'adb'`);
      const oid = String(Object.values(row ?? {})[0]);
      const { output } = await provision(droppedBy(`confirm-adb-${oid}-without-backup`), files);
      expect(output).toContain(
        'reported: server: -- database adb  -- nobody declared this database, and it stays as it is; PUBLIC may connect to it, and only pg_hba.conf keeps services out; postgresql.undeclared: close shuts it\n',
      );
      expect(await leftovers()).toEqual([{ databases: 1, roles: 0, remembered: 0 }]);
    });
  });
});

describe('extensions of the admin that need others', () => {
  /** From 18 on a server looks for extensions where its settings say; before, only an installed package could bring them. */
  const deployWith = async (allowed: string, files = {}): Promise<Deployment> => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    const control = (lines: string): string => `default_version = '1.0'\n${lines}\n`;
    writeFiles(folder, {
      'extension/needy.control': control("requires = 'moddatetime'"),
      'extension/needy--1.0.sql': 'SELECT 1;\n',
      'extension/housed.control': control("schema = 'house'"),
      'extension/housed--1.0.sql': 'SELECT 1;\n',
    });
    const settings = `{ extension_control_path: '$system:${folder}' }`;
    return deploy({
      values: `image: { registry: registry.example }\npostgresql: { allowedExtensions: [${allowed}], settings: ${settings} }\nservices:\n  a-service: { extensions: [${allowed.split(',')[0] ?? ''}] }\n`,
      files,
    });
  };
  const provision = async ({ manifests }: Deployment): Promise<Result> => {
    const server = await startServer(inject('postgres')[18], manifests);
    const result = await runJob(manifests, server.port);
    await server.end();
    return result;
  };

  test('bring none along that nobody allowed', async () => {
    const refused = await provision(await deployWith('needy'));
    expect(refused.output).toContain(
      'a-service: ERROR:  extension needy needs moddatetime, which postgresql.allowedExtensions does not name\n',
    );
    expect(refused.code).toBe(1);
    const allowed = await provision(await deployWith('needy, moddatetime'));
    expect(allowed.output).toContain('1 services: 1 well, 0 not\n');
  });

  test('go into no schema of the service', async () => {
    const files = { 'schema/databases/a-service/001_a.sql': 'CREATE SCHEMA house;\n' };
    const housed = await provision(await deployWith('housed'));
    expect(housed.output).toMatch(/CREATE SCHEMA house {2}-- .*\na-service: CREATE EXTENSION housed CASCADE/);
    expect(housed.output).toContain('1 services: 1 well, 0 not\n');
    const before = await deploy({ values: 'services:\n  a-service: {}\n', files });
    const after = await deployWith('housed', files);
    const server = await startServer(inject('postgres')[18], after.manifests);
    expect((await runJob(keepSecrets(before.manifests, after.manifests), server.port)).code).toBe(0);
    const { output } = await runJob(after.manifests, server.port);
    expect(output).toContain('a-service: ERROR:  extension housed needs the schema house, which belongs to adb_user\n');
    await server.end();
  });
});
