/** @module-tag sixth */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runBackup, runRestore, type JobResult } from '../tools/job.ts';
import { parseManifests } from '../tools/manifests.ts';
import { databasesOf, limitOf, startRestoring, WORDS } from '../tools/restoring.ts';

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
    ...WORDS,
  },
  args: ['--set', 'backup.schedule=@daily'],
};

test('a service comes back as it was, what was there is kept, and nothing is left to do', async (context) => {
  const archive = await startRestoring(context, INPUT);
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
  // Nothing of it goes on.
  const sessions = "SELECT query FROM pg_stat_activity WHERE application_name LIKE 'shared-postgresql-%'";
  await expect.poll(() => lab.admin(sessions), { timeout: 30_000 }).toEqual([]);
  const [, aside = ''] = /^b-service: what was there is database (\S+) now/m.exec(output) ?? [];
  expect(code).toBe(0);
  expect(await archive.words()).toEqual([{ text: 'before' }]);
  // What the login set for itself is in no dump, and stays.
  expect(await lab.as('b-service-db-secret', 'SHOW intervalstyle')).toEqual([{ IntervalStyle: 'iso_8601' }]);
  expect(await limitOf(lab)).toEqual([{ rolconnlimit: 2 }]);
  expect(await lab.admin('SELECT text FROM word', aside)).toEqual([{ text: 'after' }]);
  await expect(lab.as('b-service-db-secret', 'SELECT', { database: aside })).rejects.toThrow(/pg_hba.conf rejects/);
  // The other service noticed nothing; this one's pool was ended, to come again.
  await expect(neighbour.query('SELECT')).resolves.toBeDefined();
  await expect(pool[0]?.query('SELECT')).rejects.toThrow();
  expect(await databasesOf(lab)).toEqual([
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
  const archive = await startRestoring(context, INPUT);
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
  const archive = await startRestoring(context, input);
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
  const archive = await startRestoring(context, INPUT);
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
  expect(await limitOf(lab)).toEqual([{ rolconnlimit: 2 }]);
  await lab.job();
  await expect(lab.as('b-service-db-secret', 'SELECT', { database: 'looked_at' })).rejects.toThrow(/pg_hba.conf rejects/);
});

test('where all is masked, what comes back is masked, and nothing without a mask', async (context) => {
  const archive = await startRestoring(context, INPUT);
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

test('what goes on counting while it is dumped comes back as it was dumped', async (context) => {
  const archive = await startRestoring(context, INPUT);
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
  const archive = await startRestoring(context, { ...INPUT, values });
  await archive.backUp();
  const { code, output } = await archive.restore({ SERVICES: 'b-service' });
  expect(output).toMatch(/^b-service: restored and compared/m);
  expect(code).toBe(0);
  expect(await archive.lab.as('b-service-restored-db-secret', 'SELECT current_user')).toEqual([{ current_user: 'reader' }]);
});
