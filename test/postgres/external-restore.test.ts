import { execFileSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { unprivileged } from '../../generator/laptop/identity.ts';
import { startExternalLab, type ExternalLab } from '../tools/external.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runBackup, runFinal, runRestore, type JobResult } from '../tools/job.ts';
import { dataOf, pick } from '../tools/manifests.ts';
import { fetchPrograms } from '../tools/postgres-binaries.ts';
import { withClient } from '../tools/server.ts';

/*
 * The nights of a server that somebody else runs: dumped by the services' logins, rehearsed on a server of the pod's own, and brought back by an admin who is no
 * superuser.
 */
const valuesOf = (services: string): string => `backup: { schedule: '@daily' }\nservices: { a-service: {}${services} }\n`;
const FILES = {
  'schema/databases/b-service/001_words.sql': "CREATE TABLE word (text text PRIMARY KEY);\nINSERT INTO word VALUES ('kept');\n",
};

function folderOfBackups(): string {
  const folder = temporaryFolder();
  const identity = unprivileged();
  if (identity) execFileSync('chown', [`${identity.uid}:${identity.gid}`, folder]);
  return folder;
}

/** What a run did, without what it reports. */
const deedsOf = ({ output }: JobResult): string[] =>
  output.split('\n').filter((line) => line !== '' && !line.startsWith('reported: '));

const isWell = ({ code, output }: JobResult): void => expect(code, output).toBe(0);

/** SQL of b-service's own login. */
function asService(lab: ExternalLab, sql: string, beside?: string): Promise<object[]> {
  const { user, password, database: own } = dataOf(pick(lab.manifests(), 'Secret', 'b-service-db-secret'));
  const config = { host: '127.0.0.1', port: lab.server.port, user, password, database: beside ?? own };
  return withClient(config, async (client) => (await client.query<object>(sql)).rows);
}

describe.each([15, 18] as const)('on PostgreSQL %i, by an admin who is no superuser', { timeout: 300_000 }, (major) => {
  test('a night is rehearsed, a service is brought back, and has its last backup', async (context) => {
    const programs = major === 18 ? await fetchPrograms() : '';
    if (programs === undefined) context.skip('the programs of 18 could not be had');
    const bin = inject('postgres')[major];
    const lab = await startExternalLab(bin, {
      values: valuesOf(', b-service: { connectionLimit: 2, roles: { reports: {} } }'),
      files: FILES,
    });
    context.onTestFinished(() => lab.server.end());
    const folder = folderOfBackups();
    const PATH = [...(major === 18 ? [bin, programs] : []), process.env['PATH']].join(delimiter);
    isWell(await lab.job());
    isWell(await runBackup(lab.manifests(), lab.server.port, folder, { environment: { PATH } }));
    await asService(lab, "DELETE FROM word; INSERT INTO word VALUES ('since')");
    const restore = (words: Record<string, string>): Promise<JobResult> =>
      runRestore(lab.manifests(), lab.server.port, folder, { PATH, SERVICES: 'b-service', ...words });
    const beside = await restore({ TO: 'looked_at' });
    isWell(beside);
    expect(beside.output).not.toContain('membership');
    expect(await asService(lab, 'SELECT text FROM word')).toEqual([{ text: 'since' }]);
    expect(await asService(lab, 'SELECT text FROM word', 'looked_at')).toEqual([{ text: 'kept' }]);
    await lab.admin('DROP DATABASE looked_at');
    await lab.admin('DROP ROLE looked_at');

    const restored = await restore({});
    isWell(restored);
    expect(await asService(lab, 'SELECT text FROM word')).toEqual([{ text: 'kept' }]);
    expect(deedsOf(await lab.job())).toEqual(['2 services: 2 well, 0 not']);
    isWell(await lab.helmTest());
    const [getRidOf = ''] = /DROP DATABASE "bdb_\w+"/.exec(restored.output) ?? [];
    await lab.admin(getRidOf);

    await lab.change({ values: valuesOf('') });
    isWell(await lab.job());
    const { code, output } = await runFinal(lab.manifests(), lab.server.port, folder, { PATH });
    expect(code, output).toBe(0);
    const [, drop = ''] = /drop: (confirm-bdb-\d+) /.exec(output) ?? [];
    await lab.change({ values: valuesOf(`, b-service: { enabled: false, drop: ${drop} }`) });
    isWell(await lab.job());
    expect(await lab.admin("SELECT datname FROM pg_database WHERE datname = 'bdb'")).toEqual([]);
  });
});
