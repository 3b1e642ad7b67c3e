/** @module-tag quarter */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import type { DeploymentInput } from '../tools/deployment.ts';
import { runBackup, runFinal, type JobResult } from '../tools/job.ts';
import { type Lab, startBackedUpLab } from '../tools/lab.ts';

/*
 * The last backup of services that values.yaml has no more, and the drop that wants it, on PostgreSQL 15, whose pg_dump is a Debian package.
 */
const SCHEMA = readFileSync(join(import.meta.dirname, 'backups/every-kind.sql'), 'utf8');
const BOTH: DeploymentInput = {
  values: `postgresql: { allowedExtensions: [earthdistance] }
services:
  a-service: { rotation: 1, extensions: [citext, earthdistance], roles: { reporting: {}, importer: { access: readwrite } } }
  b-service: {}
`,
  files: { 'schema/databases/a-service/001_every_kind.sql': SCHEMA },
  args: ['--set', 'backup.schedule=@daily'],
};

const withA = (entry: string): DeploymentInput => ({
  ...BOTH,
  values: `postgresql: { allowedExtensions: [earthdistance] }\nservices:\n  a-service: ${entry}\n  b-service: {}\n`,
});
const DISABLED = withA('{ enabled: false }');

interface Retained {
  readonly lab: Lab;
  readonly folder: string;
  readonly final: (environment?: Record<string, string>) => Promise<JobResult>;
}

/** A deployment in which a-service was removed. */
async function retain(context: TestContext): Promise<Retained> {
  const { lab, folder } = await startBackedUpLab(context, BOTH);
  await lab.change(DISABLED);
  expect((await lab.job()).code).toBe(0);
  return { lab, folder, final: (environment) => runFinal(lab.manifests(), lab.server.port, folder, environment) };
}

const confirmationIn = (output: string): string =>
  /^a-service: its last backup was rehearsed; enabled: false and drop: (confirm-adb-\d+) in its entry of values.yaml drop it$/m.exec(
    output,
  )?.[1] ?? '';

const isLocked = (lab: Lab): Promise<object[]> =>
  lab.admin("SELECT rolcanlogin FROM pg_roles WHERE rolname ~ '^adb_' AND rolcanlogin");

test('a locked service is backed up and rehearsed with all that it has, is locked again, and then goes', async (context) => {
  const { lab, folder, final } = await retain(context);
  // As a rotation leaves it: the login that makes the backup had its time, and who watches over that must let it be.
  await lab.admin("INSERT INTO shared_postgresql.former_login VALUES ('adb_user', 'adb_user_2', now())");
  const { code, output } = await final();
  expect(await lab.admin('SELECT FROM shared_postgresql.former_login')).toEqual([]);
  expect(output).toMatch(/^a-service: backup \S+ restored and compared, 14 tables and sequences/m);
  const confirmation = confirmationIn(output);
  expect(confirmation, output).not.toBe('');
  expect(output).not.toContain('b-service');
  expect(code).toBe(0);
  expect(await isLocked(lab)).toEqual([]);
  const [time = ''] = readdirSync(join(folder, 'a-service')).filter((name) => name.endsWith('Z'));
  expect(existsSync(join(folder, 'a-service', time, 'rehearsed'))).toBe(true);
  expect((await lab.job()).output).toContain(`retained: its last backup was rehearsed, enabled: false and drop: ${confirmation}`);
  await lab.change(withA(`{ enabled: false, drop: ${confirmation} }`));
  const dropped = await lab.job();
  expect(dropped.output).toContain(
    'a-service: DROP DATABASE adb  -- values.yaml confirms that it is dropped, and its last backup was rehearsed\n',
  );
  expect(dropped.code).toBe(0);
  expect(await lab.admin("SELECT FROM pg_roles WHERE rolname ~ '^adb'")).toEqual([]);
  expect(await lab.admin("SELECT FROM shared_postgresql.former_entry WHERE database = 'adb'")).toEqual([]);
  // One whose run was killed is not locked; whoever is told nothing takes it for done.
  const nothing = await final();
  expect(nothing.output).toMatch(/^no service is retained; a service has its last backup once/);
  expect(nothing.code).toBe(1);
});

test('a backup from before it was locked does not do, nor one that something was written after', async (context) => {
  const { lab, folder, final } = await retain(context);
  await lab.change(BOTH);
  expect((await lab.job()).code).toBe(0);
  expect((await runBackup(lab.manifests(), lab.server.port, folder)).code).toBe(0);
  await lab.change(DISABLED);
  const confirmation = /drop: (confirm-adb-\d+)/.exec((await lab.job()).output)?.[1] ?? '';
  await lab.change(withA(`{ enabled: false, drop: ${confirmation} }`));
  expect((await lab.job()).output).toContain('a-service: refused: no backup of database adb was made and rehearsed since');
  expect((await final()).code).toBe(0);
  // It comes back, and goes again: what it wrote meanwhile is in no backup.
  await lab.change(BOTH);
  expect((await lab.job()).code).toBe(0);
  await lab.as('a-service-db-secret', 'CREATE TABLE written_later ()');
  await lab.change(withA(`{ enabled: false, drop: ${confirmation} }`));
  expect((await lab.job()).output).toContain('a-service: refused: no backup of database adb was made and rehearsed since');
});

test('what cannot be dumped whole is sealed by nothing, and what is not retained is named', async (context) => {
  const { lab, final } = await retain(context);
  const wrong = await final({ SERVICES: 'b-service c-service' });
  expect(wrong.output).toBe(
    'not retained: b-service c-service; a service has its last backup once values.yaml has it no more, or with enabled: false, and provisioning has locked its logins\n',
  );
  expect(wrong.code).toBe(1);
  await lab.change({ ...BOTH, values: 'services: { c-service: {} }\n' });
  expect((await lab.job()).code).toBe(0);
  await lab.admin('ALTER TABLE public.parent FORCE ROW LEVEL SECURITY', 'adb');
  // As before entries were remembered.
  await lab.admin("DELETE FROM shared_postgresql.former_entry WHERE database = 'bdb'");
  const { code, output } = await final({ SERVICES: 'a-service b-service' });
  expect(output).toContain('a-service: no backup was made\n');
  expect(confirmationIn(output)).toBe('');
  expect(output).toMatch(/^b-service: its last backup was rehearsed; /m);
  expect(code).toBe(1);
  expect(await isLocked(lab)).toEqual([]);
  expect(await lab.admin('SELECT database FROM shared_postgresql.former_entry WHERE sealed IS NOT NULL')).toEqual([
    { database: 'bdb' },
  ]);
});

test('what it planted runs as the service, and whoever was still connected is gone', async (context) => {
  const { lab, folder } = await startBackedUpLab(context, BOTH);
  await lab.as('a-service-db-secret', PLANTED);
  const session = await lab.hold('a-service-importer-db-secret');
  await lab.change(DISABLED);
  expect((await lab.job()).code).toBe(0);
  const { code, output } = await runFinal(lab.manifests(), lab.server.port, folder);
  expect(output).toMatch(/^a-service: .*planted: adb_user adb_user_2 off$/m);
  expect(confirmationIn(output)).toBe('');
  expect(code).toBe(1);
  await expect(session.query('SELECT')).rejects.toThrow();
});

/** Fails on the throw-away server, which is reached by a socket, and says as whom it ran. */
const PLANTED = `CREATE FUNCTION who() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF inet_server_addr() IS NULL THEN
    RAISE EXCEPTION 'planted: % % %', current_user, session_user, current_setting('is_superuser');
  END IF;
  RETURN 1;
END$$; CREATE TABLE planted (i integer CHECK (public.who() > 0)); INSERT INTO planted VALUES (1)`;
