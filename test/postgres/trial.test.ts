import { delimiter } from 'node:path';
import { expect, inject, test, type TestContext } from 'vitest';
import { runBackup, runTrial } from '../tools/job.ts';
import { startBackedUpLab } from '../tools/lab.ts';
import { fetchPrograms } from '../tools/postgres-binaries.ts';
import { runOk } from '../tools/run.ts';

/*
 * Backups of 15 are restored by 18 in a pod of their own, while the server goes on serving.
 */
const VALUES = `
backup: { schedule: '@daily', rehearsal: { upgradeTo: { version: '18' } } }
services:
  a-service: { extensions: [citext], roles: { reporting: { access: readonly } } }
  newer: {}
  never: {}
`;

/** An index that only 15 can make. */
const ON_THE_FORMER = `
CREATE FUNCTION f(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
  IF current_setting('server_version_num')::integer >= 160000 THEN RAISE 'not here'; END IF;
  RETURN i;
END$$;
CREATE TABLE t AS SELECT 1 AS i;
CREATE INDEX of_the_former ON t (f(i));
`;

test(
  'an upgrade is tried on the newest backups while the server serves, and nothing is left of it',
  { timeout: 300_000 },
  async (context: TestContext) => {
    const programs = await fetchPrograms();
    if (programs === undefined) context.skip('the programs of 18 could not be had');
    const { lab, folder } = await startBackedUpLab(context, { values: VALUES });
    await lab.as(
      'a-service-db-secret',
      `CREATE TABLE note AS SELECT i, 'n' || i::citext AS n FROM generate_series(1, 100) AS i; CREATE SEQUENCE s`,
    );
    await lab.as('newer-db-secret', ON_THE_FORMER);
    const backUp = async (SERVICES: string): Promise<void> => {
      const { code, output } = await runBackup(lab.manifests(), lab.server.port, folder, {
        script: 'backup.sh',
        environment: { SERVICES },
      });
      expect(code, output).toBe(0);
    };
    await backUp('a-service newer');
    const path = (...folders: readonly string[]): string => [...folders, process.env['PATH'] ?? ''].join(delimiter);
    const next = path(inject('postgres')[18], programs);
    const tried = await runTrial(lab.manifests(), 18, folder, { PATH: next });
    expect(tried.output).toMatch(/^a-service: backup \S+ restored and compared, 2 tables and sequences, after \d+ s$/m);
    expect(tried.output).toMatch(/^newer: .*not here$/m);
    expect(tried.output).toMatch(/^never: ERROR: {2}it has no backup$/m);
    expect(tried.output).toMatch(/^not rehearsed: (never newer|newer never)$/m);
    expect(tried.output).toMatch(
      /^server: PostgreSQL 18 took \d+ s to restore and compare all; with \d+ s of the last night's dumps /m,
    );
    expect(tried.code).toBe(1);

    await lab.as('newer-db-secret', 'DROP INDEX of_the_former');
    await backUp('newer never');
    // Nobody in the pod writes to the volume.
    await runOk('chown', ['-R', 'root', folder]);
    await runOk('chmod', ['-R', 'a+rX,go-w', folder]);
    const before = await listFiles(folder);
    const again = await runTrial(lab.manifests(), 18, folder, { PATH: next });
    expect(again.output).toMatch(/^newer: backup \S+ restored and compared, /m);
    expect(again.code, again.output).toBe(0);
    expect(await listFiles(folder)).toBe(before);
    const another = await runTrial(lab.manifests(), 18, folder, { PATH: path(inject('postgres')[15]) });
    expect(another.output).toMatch(
      /^server: ERROR: {2}this image has postgres \(PostgreSQL\) 15\S*.*, and backup\.rehearsal\.upgradeTo\.version is 18; /,
    );
    expect(another.code).toBe(1);
  },
);

const listFiles = (folder: string): Promise<string> => runOk('find', [folder, '-printf', '%P %s %T@\n']);
