import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFiles } from '../tools/deployment.ts';
import { EXTERNAL } from '../tools/external.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { runProgram } from '../tools/program.ts';

/* A server that somebody else runs: its admin need be no superuser, which some commands cannot do without. Nobody answers at this URL. */
const URL = ['--url', 'postgresql://postgres@127.0.0.1:1'];
const SECRETS = ['--secrets', '/dev/null'];
const FOLDER = temporaryFolder();
writeFiles(FOLDER, {
  'values.yaml': `${EXTERNAL}services: { user-service: {} }\n`,
  'schema/databases/user-service/001_users.sql': 'CREATE TABLE users (id integer);\n',
});

const SENTENCE = `values.yaml: engine.kind: it is external, and this command works as the superuser of a server of the chart's
  backup.schedule has the cluster back services up by their own logins, move brings a service to another server with a dump and a restore, and its provider upgrades the server (docs/external.md).

1 problem; nothing was written.
`;

test.each([
  ['backup', ...URL, ...SECRETS],
  ['restore', 'user-service', ...URL, ...SECRETS],
  ['upgrade', '--to', '18', ...URL],
])('%s asks no such server, and says who does', async (...words) => {
  const { code, stdout, stderr } = await runProgram(words, { cwd: FOLDER });
  expect({ code, stdout, stderr }).toEqual({ code: 4, stdout: '', stderr: SENTENCE });
});

test('each command that asks a server looks whether it can be asked', () => {
  const folder = join(PROJECT, 'generator/commands');
  const texts = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  // import asks one that has no values yet, and these ask such a server.
  const knowing = ['import.ts', 'foreseen.ts', 'deploy.ts', 'move.ts', 'connect.ts', 'status.ts', 'doctor.ts'];
  const asking = texts.filter(({ name, text }) => !knowing.includes(name) && /\b(onServer|readUrl|findDeployment)\(/.test(text));
  expect(asking.length).toBeGreaterThan(1);
  expect(asking.filter(({ text }) => !text.includes('askable(')).map(({ name }) => name)).toEqual([]);
});
