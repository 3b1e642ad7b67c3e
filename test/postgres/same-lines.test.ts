import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { deploy, type DeploymentInput } from '../tools/deployment.ts';
import { runJob } from '../tools/job.ts';
import { ADMIN_SECRET, dataOf, keepSecrets, pick, secretList, type Manifest } from '../tools/manifests.ts';
import type { PostgresMajor } from '../tools/postgres-binaries.ts';
import { runProgram } from '../tools/program.ts';
import { startServer, type Server } from '../tools/server.ts';

const A = '  a-service: { extensions: [citext], roles: { reporting: {} } }\n';
const B = '  b-service: {}\n';
const FILE = {
  'schema/databases/a-service/000_empty.sql': '',
  'schema/databases/a-service/000_mark.sql': '\uFEFFSELECT 1;\n',
  'schema/databases/a-service/001_a.sql':
    "CREATE TABLE t (i int);\nDO $$ BEGIN RAISE NOTICE E'one\\nb-service: two' USING HINT = 'a hint'; END $$;\n",
};
const FAILING = { ...FILE, 'schema/databases/a-service/002_bad.sql': 'SELECT 1;\n\nSELECT nothing\n  FROM t;\n' };

/** Two that run outside a transaction, of which the second fails on its fifth line. */
const OUTSIDE = {
  ...FILE,
  'schema/databases/a-service/002_index.sql': '-- why\nCREATE INDEX CONCURRENTLY i ON t (i);\n',
  'schema/databases/a-service/003_more.sql':
    '-- +goose NO TRANSACTION\n-- +goose Up\nINSERT INTO t VALUES (1), (1);\nVACUUM t;\nCREATE UNIQUE INDEX CONCURRENTLY u\n  ON t (i);\nSELECT 1;\n',
};

interface Run extends DeploymentInput {
  readonly what: string;
  /** What the admin, or somebody who became it, does to the server before. */
  readonly sql?: string;
  /** A line that must be there: the run did what it is about. */
  readonly shows: string;
}

const RUNS: readonly Run[] = [
  { what: 'an empty server', values: `services:\n${A}${B}`, files: FILE, shows: 'a-service: set the password of adb_reporting' },
  { what: 'nothing to do', values: `services:\n${A}${B}`, files: FILE, shows: '2 services: 2 well, 0 not' },
  {
    what: 'drift that is mended and drift that is reported',
    values: `services:\n${A}${B}`,
    files: FILE,
    sql: 'ALTER ROLE bdb_user CREATEDB; GRANT CONNECT ON DATABASE postgres TO PUBLIC; CREATE DATABASE unknown; ALTER ROLE adb_user SET jit = off',
    shows: 'reported: server: -- database unknown',
  },
  {
    what: 'a schema file that fails',
    values: `services:\n${A}${B}`,
    files: FAILING,
    shows:
      'a-service: ERROR:  002_bad.sql:3:8: column "nothing" does not exist\na-service:     SELECT nothing\na-service:            ^\n',
  },
  {
    what: 'a place in a wide line, and what the server adds',
    values: `services:\n${A}${B}`,
    files: {
      ...FILE,
      'schema/databases/a-service/002_bad.sql': `\tSELECT 'é${'x'.repeat(100)}' || i,\n\t'${'y'.repeat(80)}', '→', j${', i'.repeat(30)} FROM t;\n`,
    },
    shows: `a-service: ERROR:  002_bad.sql:2:91: column "j" does not exist\na-service:     ...${'y'.repeat(42)}', '→', j, i, i, i...\n`,
  },
  {
    what: 'an error without a place in the statement',
    values: `services:\n${A}${B}`,
    files: {
      ...FILE,
      'schema/databases/a-service/002_bad.sql':
        'SELECT 1;\n  CREATE UNIQUE INDEX u ON\n (SELECT 1) ;\n'.replace('(SELECT 1)', 't ((0))') +
        'INSERT INTO t VALUES (1), (1);\n',
    },
    shows: 'a-service: ERROR:  002_bad.sql:4:1: duplicate key value violates unique constraint "u"\n',
  },
  {
    what: 'an error in a function that a file calls, and one when all of it ends',
    values: `services:\n${A}${B}`,
    files: {
      ...FILE,
      'schema/databases/a-service/002_bad.sql':
        'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN nowhere.x(); END $$;\n\n /* why */ SELECT f();\n',
    },
    shows: 'a-service: ERROR:  002_bad.sql:3:2: schema "nowhere" does not exist\na-service: failed',
  },
  {
    what: 'an error when a file ends',
    values: `services:\n${A}${B}`,
    files: {
      ...FILE,
      'schema/databases/a-service/002_bad.sql':
        'CREATE TABLE d (i int PRIMARY KEY, j int REFERENCES d DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO d VALUES (1, 2);\n',
    },
    shows: 'a-service: ERROR:  002_bad.sql: insert or update on table "d" violates foreign key constraint "d_j_fkey"\n',
  },
  {
    what: 'what else would fail, tried and rolled back',
    values: `services:\n${A}${B}`,
    files: {
      ...FILE,
      'schema/databases/a-service/002_bad.sql':
        'SELECT nothing FROM t;\nCREATE TABLE made (i int);\nSELECT 1;\nSELECT other\n  FROM made;\n',
      'schema/databases/a-service/003_index.sql': 'CREATE INDEX CONCURRENTLY i ON t (i);\n',
      'schema/databases/a-service/004_sets.sql': "SET search_path = '';\nSELECT 1 / 0;\nSELECT pg_sleep(5);\n",
      'schema/databases/a-service/005_more.sql': `INSERT INTO made VALUES (1);\n\tSELECT '${'x'.repeat(100)}', j FROM made;\nSELECT lower();\n`,
    },
    shows: [
      'a-service:            ^',
      'tried in a transaction that was rolled back, these fail as well, perhaps because of what failed before:',
      '  002_bad.sql:4:8: column "other" does not exist',
      'not tried: schema file 003_index.sql runs outside a transaction',
      '  004_sets.sql:2:1: division by zero',
      '  005_more.sql:2:113: column "j" does not exist',
      '  005_more.sql:3:8: function lower() does not exist',
      'failed after',
    ].join('\na-service: '),
  },
  {
    what: 'a database that cannot be made',
    values: `image: { repository: platform/postgres }\nservices:\n${A}${B}  c-service: { locale: { provider: libc, name: nowhere } }\n`,
    files: FILE,
    shows: 'c-service: not done: CREATE DATABASE cdb',
  },
  {
    what: 'schema files outside a transaction',
    values: `services:\n${A}${B}`,
    files: OUTSIDE,
    shows: 'a-service: ERROR:  003_more.sql:5:1: could not create unique index "u"\n',
  },
  {
    what: 'one that goes on',
    values: `services:\n${A}${B}`,
    files: OUTSIDE,
    shows: 'a-service: INFO:  an index that is not valid was left: DROP INDEX CONCURRENTLY IF EXISTS public.u',
  },
  {
    what: 'a schema file that is gone',
    values: `services:\n${A}${B}`,
    files: { 'schema/databases/a-service/000_empty.sql': '', 'schema/databases/a-service/000_mark.sql': '\uFEFFSELECT 1;\n' },
    shows:
      'a-service: schema file 001_a.sql was applied and is gone, and 1 more; a database that is made anew would be without it: put it back\na-service: well',
  },
  {
    what: 'one that has another name',
    values: `services:\n${A}${B}`,
    files: {
      'schema/databases/a-service/000_empty.sql': '',
      'schema/databases/a-service/000_mark.sql': '\uFEFFSELECT 1;\n',
      'schema/databases/a-service/005_a.sql': FILE['schema/databases/a-service/001_a.sql'],
    },
    shows:
      'a-service: ERROR:  schema file 005_a.sql was applied as 001_a.sql already; give it that name back, or it would be applied a second time\n',
  },
  { what: 'a service that left', values: `services:\n${A}`, files: FILE, shows: 'retained: database bdb' },
];

/** Nothing of this depends on it. */
const major: PostgresMajor = 15;

describe('Job and command on PostgreSQL 15', () => {
  let byJob: Server;
  let byCommand: Server;
  let manifests: Manifest[] = [];

  const args = ['--set-string', `postgresql.version=${major}`];
  beforeAll(async () => {
    const bin = inject('postgres')[major];
    ({ manifests } = await deploy({ values: `services:\n${A}${B}`, files: FILE, args }));
    [byJob, byCommand] = await Promise.all([startServer(bin, manifests), startServer(bin, manifests)]);
  });
  afterAll(() => Promise.all([byJob.end(), byCommand.end()]));

  const apply = async (chart: string): Promise<string> => {
    const password = dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'] ?? '';
    const url = `postgresql://postgres:${password}@127.0.0.1:${byCommand.port}/postgres`;
    const command = ['apply', '--values', join(chart, '../values.yaml'), '--url', url, '--secrets', '-', '--yes'];
    return (await runProgram(command, { input: secretList(manifests) })).output;
  };

  test.each(RUNS)('print the same lines: $what', async ({ sql, shows, ...input }) => {
    const deployment = await deploy({ ...input, args });
    manifests = keepSecrets(deployment.manifests, manifests);
    for (const server of [byJob, byCommand])
      if (sql) for (const each of sql.split(';')) await server.asAdmin((c) => c.query(each));
    const [job, command] = [(await runJob(manifests, byJob.port)).output, await apply(deployment.chart)];
    expect(job).toContain(shows);
    expect(linesOf(command)).toEqual(linesOf(job));
  });

  test('what is only tried sets no sequence back, which a rollback would not undo', async () => {
    const file =
      "TRUNCATE t;\nSELECT setval('kept', 1);\nSELECT nextval('kept');\nCREATE SEQUENCE made;\nSELECT setval('made', 2);\nSELECT x;\n";
    const files = { ...FAILING, 'schema/databases/a-service/003_sets.sql': file };
    const deployment = await deploy({ values: `services:\n${A}`, files, args });
    manifests = keepSecrets(deployment.manifests, manifests);
    const sql = "SET ROLE adb_user; CREATE SEQUENCE public.kept; SELECT setval('public.kept', 42)";
    for (const server of [byJob, byCommand]) await server.asAdmin((client) => client.query(sql), 'adb');
    const [job, command] = [(await runJob(manifests, byJob.port)).output, await apply(deployment.chart)];
    expect(job).toContain(`a-service:   003_sets.sql:6:8: column "x" does not exist`);
    expect(job).not.toContain('kept');
    expect(linesOf(command)).toEqual(linesOf(job));
    for (const server of [byJob, byCommand]) {
      const { rows } = await server.asAdmin((client) => client.query('SELECT last_value::integer FROM public.kept'), 'adb');
      expect(rows).toEqual([{ last_value: 43 }]);
    }
  });
});

/**
 * The lines of each service, and those of the server, in their order: services are seen to side by side, and what went wrong is told on
 * another stream than what was done. Times and oids differ from run to run.
 */
function linesOf(output: string): readonly string[] {
  const lines = output.replaceAll(/ after \d+ ms/g, ' after some ms').replaceAll(/confirm-(\w+)-\d+/g, 'confirm-$1-oid');
  const owner = (line: string): string => /^[\w-]+: /.exec(line)?.[0] ?? '';
  return lines
    .split('\n')
    .map((line, place) => ({ line, place }))
    .sort((a, b) => owner(a.line).localeCompare(owner(b.line)) || a.place - b.place)
    .map(({ line }) => line);
}
