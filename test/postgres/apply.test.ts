import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { stateOf } from '../tools/catalog.ts';
import { deploy, writeFiles, type Deployment } from '../tools/deployment.ts';
import { runJob } from '../tools/job.ts';
import { ADMIN_SECRET, dataOf, pick, secretList, withSecretText, type Manifest } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { runProgram } from '../tools/program.ts';
import { run, type Result } from '../tools/run.ts';
import { startServer, withClient, type Server } from '../tools/server.ts';

const VALUES = `postgresql: { allowedExtensions: [moddatetime] }
services:
  a-service:
    extensions: [citext, moddatetime]
    workMem: 8MB
    searchPath: [public, app]
    roles: { reporting: {}, batch: { access: readwrite } }
  b-service: { encoding: LATIN1, locale: { provider: libc, name: C } }
`;
const FILES = {
  'schema/databases/a-service/999_a.sql': 'CREATE TABLE t (i int);\nINSERT INTO t VALUES (1);\nSET work_mem = 64;\n',
  'schema/databases/a-service/1000_b.sql':
    "ALTER TABLE t ADD j int;\nDO $$ BEGIN RAISE NOTICE 'as %', current_user; RAISE NOTICE E'one\\nserver: two'; END $$;\n",
};

describe.each(POSTGRES_MAJORS)('apply against PostgreSQL %i', (major) => {
  let deployment: Deployment;
  let byJob: Server;
  let byCommand: Server;
  let first: Result;

  beforeAll(async () => {
    deployment = await deploy({ values: VALUES, files: FILES, args: ['--set-string', `postgresql.version=${major}`] });
    const bin = inject('postgres')[major];
    [byJob, byCommand] = await Promise.all([startServer(bin, deployment.manifests), startServer(bin, deployment.manifests)]);
    expect((await runJob(deployment.manifests, byJob.port)).code).toBe(0);
    first = await apply(byCommand);
  });
  afterAll(() => Promise.all([byJob.end(), byCommand.stop()]));

  const apply = (server: Server, manifests: readonly Manifest[] = deployment.manifests, ...args: string[]): Promise<Result> => {
    const password = dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'] ?? '';
    const url = `postgresql://postgres:${password}@127.0.0.1:${server.port}/elsewhere`;
    const command = [
      'apply',
      '--values',
      join(deployment.chart, '../values.yaml'),
      '--url',
      url,
      '--secrets',
      '-',
      '--yes',
      ...args,
    ];
    return runProgram(command, {
      env: { PATH: process.env['PATH'] },
      input: secretList(manifests),
    });
  };

  test('Job and command leave identical catalogs', async () => {
    expect(first.output).toContain(
      'a-service: schema file 1000_b.sql\na-service: NOTICE:  as adb_user\na-service: NOTICE:  one\na-service: server: two\na-service: well after ',
    );
    expect(first.output).toContain('2 services: 2 well, 0 not\n');
    expect(first.code).toBe(0);
    expect(await stateOf(byCommand, ['adb', 'bdb'])).toBe(await stateOf(byJob, ['adb', 'bdb']));
  });

  test('each finds nothing to do after the other', async () => {
    expect(await apply(byJob)).toMatchObject({ code: 0, output: '2 services: 2 well, 0 not\n' });
    expect(await runJob(deployment.manifests, byCommand.port)).toMatchObject({ code: 0, output: '2 services: 2 well, 0 not\n' });
  });

  test('every login that it made can be used', async () => {
    for (const secret of [
      'a-service-db-secret',
      'a-service-reporting-db-secret',
      'a-service-batch-db-secret',
      'b-service-db-secret',
    ]) {
      const { user, password, database } = dataOf(pick(deployment.manifests, 'Secret', secret));
      const config = { host: '127.0.0.1', port: byCommand.port, user, password, database };
      expect((await withClient(config, (client) => client.query('SELECT current_user::text AS name'))).rows).toEqual([
        { name: user },
      ]);
    }
  });

  test('no password and no verifier is printed or logged', () => {
    for (const secret of deployment.manifests.filter(({ kind }) => kind === 'Secret')) {
      // The certificate's has a key.
      const { password, 'tls.key': key = 'none' } = dataOf(secret);
      for (const text of [first.output, byCommand.log()]) expect(text).not.toContain(password ?? key);
    }
    expect(byCommand.log()).not.toContain('SCRAM-SHA-256$4096');
  });

  // What follows is the business of the command, whatever the server.
  if (major !== 15) return;

  test.each(['pässwörd→', 'ⅨⅩ ﬁ²', String.raw`it's: a "pass\word" %s $(id) {{ . }} ;=&`, 'x'.repeat(500)])(
    'the password %s is set so that libpq and the command log in with it',
    async (password) => {
      const changed = withSecretText(deployment.manifests, 'a-service-db-secret', 'password', password);
      expect((await apply(byCommand, changed)).output).toMatch(
        /^a-service: set the password of adb_user\na-service: well after \d+ ms\n2 services: 2 well, 0 not\n$/,
      );
      const psql = await run('psql', ['--no-psqlrc', '-tAc', 'SELECT current_user'], {
        env: {
          PATH: process.env['PATH'],
          PGHOST: '127.0.0.1',
          PGPORT: String(byCommand.port),
          PGUSER: 'adb_user',
          PGDATABASE: 'adb',
          PGPASSWORD: password,
        },
      });
      expect(psql.output).toBe('adb_user\n');
      expect((await runJob(changed, byCommand.port)).output).toBe('2 services: 2 well, 0 not\n');
      await apply(byCommand);
    },
  );

  test('drift inside a database is mended with --compare all', async () => {
    await byCommand.asAdmin((client) => client.query('GRANT INSERT ON t TO adb_reporting'), 'adb');
    expect((await apply(byCommand)).output).toBe('2 services: 2 well, 0 not\n');
    const { output } = await apply(byCommand, deployment.manifests, '--compare', 'all');
    expect(output).toContain(
      'a-service: REVOKE INSERT ON TABLE public.t FROM adb_reporting CASCADE  -- a role of the service has more access than declared\n',
    );
  });

  test('a schema file that fails leaves nothing and stops only its service, and a refused statement is not done', async () => {
    const folder = join(deployment.chart, '..');
    writeFiles(folder, {
      'schema/databases/b-service/001_bad.sql': 'CREATE TABLE half (i int);\nSELECT nothing FROM half;\n',
      'values.yaml': `image: { repository: platform/postgres }\n${VALUES.trimEnd()}\n  c-service: { locale: { name: nowhere } }\n`,
    });
    const { code, output, stderr } = await apply(byCommand);
    expect(output).toContain(
      'b-service: schema file 001_bad.sql\nb-service: ERROR:  001_bad.sql:2:8: column "nothing" does not exist\n',
    );
    expect(output).toMatch(/^server: ERROR: {2}invalid (LC_COLLATE )?locale name: "nowhere"$/m);
    expect(output).toMatch(/^c-service: not done: CREATE DATABASE cdb .* LOCALE 'nowhere'$/m);
    expect(output).toContain('3 services: 1 well, 2 not\n');
    expect(stderr).toBe('not well: b-service c-service; the lines above that begin with the name say why\n');
    expect(code).toBe(1);
    expect(
      await byCommand.asAdmin(async (client) => (await client.query<object>(`SELECT to_regclass('half') AS half`)).rows, 'bdb'),
    ).toEqual([{ half: null }]);
    writeFiles(folder, { 'schema/databases/b-service/001_bad.sql': 'CREATE TABLE half (i int);\n', 'values.yaml': VALUES });
    expect((await apply(byCommand)).code).toBe(0);
  });

  test('Secrets that are missing, or none at all, are a sentence', async () => {
    const without = deployment.manifests.filter(({ metadata }) => metadata.name !== 'a-service-batch-db-secret');
    const { code, output } = await apply(byCommand, without);
    expect(output).toContain(
      "a-service: the Secret of its role batch (a-service-batch-db-secret) is missing or has no usable key 'password' (one line, not empty)\n",
    );
    expect(code).toBe(1);
    const values = join(deployment.chart, '../values.yaml');
    const none = await runProgram(['apply', '--values', values, '--secrets', values]);
    expect(none.stderr).toContain(
      'values.yaml: there is no Secret in it, but something without a kind\n  Give what `kubectl get secrets --output json` prints, ',
    );
    expect((await apply(byCommand)).code).toBe(0);
  });
});
