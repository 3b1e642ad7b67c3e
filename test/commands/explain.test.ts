import { join } from 'node:path';
import { expect, test } from 'vitest';
import { explainServer } from '../../generator/server/session.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { runOk } from '../tools/run.ts';

/** As the Job explains it. */
async function explainInJob(said: string): Promise<string | undefined> {
  const scripts = join(PROJECT, 'chart/provisioning');
  const folder = temporaryFolder();
  const script = `mkdir scripts && cp -r "${scripts}"/* scripts && . scripts/server.sh && explain "$1"`;
  const env = { ...process.env, PROVISIONING: folder, WORK: folder, PGHOST: 'localhost', PGPORT: '1' };
  return (await runOk('bash', ['-c', script, 'bash', said], { cwd: folder, env })).trimEnd() || undefined;
}

test.each([
  ['could not extend file "base/5/16384": No space left on device', /disk is full/],
  [
    'connection to server at "localhost" (::1), port 5432 failed: FATAL:  password authentication failed for user "postgres"',
    /not the one in the admin's Secret/,
  ],
  [
    'psql: error: connection to server on socket "/run/.s.PGSQL.5432" failed: FATAL:  the database system is starting up',
    /starting/,
  ],
  ['relation "z" No space left on device "z" does not exist', undefined],
  ['column "a" of relation "x" the database system is shutting down " does not exist', undefined],
])('what is said of a server is explained by its words, and by no name in them: %s', async (said, sentence) => {
  const explained = explainServer(said);
  if (sentence === undefined) expect(explained).toBeUndefined();
  else expect(explained).toMatch(sentence);
  expect(await explainInJob(said)).toBe(explained);
});
