import { join } from 'node:path';
import pg from 'pg';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { deploy, type Deployment } from '../tools/deployment.ts';
import { runHelmTest, runJob } from '../tools/job.ts';
import { ADMIN_SECRET, dataOf, pick, secretList } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { runProgram } from '../tools/program.ts';
import type { Result } from '../tools/run.ts';
import { canMount, cloneServer, initialiseOnly, type Server, type Unusual } from '../tools/server.ts';

const VALUES = 'postgresql: { maxConnections: 100 }\nservices:\n  a-service: { connectionLimit: 1 }\n';
const mountable = await canMount();

/** How the Job and the proof of `helm test` end, and the commands plan, apply and verify. */
const CODES = [1, 1, ...['plan', 'apply', 'verify'].map(() => ENDINGS.unreached.code)];

describe.each(POSTGRES_MAJORS)('a run against a PostgreSQL %i that is not well gives one sentence', (major) => {
  const bin = inject('postgres')[major];
  let deployment: Deployment;
  let empty: string;

  beforeAll(async () => {
    deployment = await deploy({ values: VALUES, args: ['--set-string', `postgresql.version=${major}`] });
    empty = await initialiseOnly(bin, deployment.manifests);
  });

  const withServer = async (unusual: Unusual, use: (server: Server) => Promise<void>): Promise<void> => {
    const server = await cloneServer(bin, empty, deployment.manifests, unusual);
    try {
      await use(server);
    } finally {
      await server.end();
    }
  };
  const job = (server: Server): Promise<Result> => runJob(deployment.manifests, server.port, { WAIT_SECONDS: '2' });
  const proof = (server: Server): Promise<Result> => runHelmTest(deployment.manifests, server.port, { WAIT_SECONDS: '2' });

  const command = (name: string, server: Server): Promise<Result> => {
    const password = dataOf(pick(deployment.manifests, 'Secret', ADMIN_SECRET))['password'] ?? '';
    const url = `postgresql://postgres:${password}@127.0.0.1:${server.port}/postgres`;
    const args = [
      name,
      '--values',
      join(deployment.chart, '../values.yaml'),
      '--url',
      url,
      ...(name === 'plan' ? [] : ['--secrets', '-']),
    ];
    return runProgram(args, { input: secretList(deployment.manifests) });
  };

  const everything = (server: Server): Promise<Result[]> =>
    Promise.all([job(server), proof(server), ...['plan', 'apply', 'verify'].map((name) => command(name, server))]);

  test('when it is starting', async () => {
    await withServer({ standby: true, silent: true, args: ['-c', 'hot_standby=off'] }, async (server) => {
      const [byJob, byProof, ...byCommands] = await everything(server);
      const waited = `server: 127.0.0.1:${server.port} was still starting after 2 s; look at the log of the server's pod\n`;
      for (const result of [byJob, byProof]) expect(result).toMatchObject({ code: 1, output: waited });
      for (const { code, stderr } of byCommands) {
        expect(stderr).toMatch(
          /^the server: the database system is .*\nserver: it is starting, or accepts no connections; run this again when it is up\n$/,
        );
        expect(code).toBe(ENDINGS.unreached.code);
      }
    });
  });

  test('when it is out of connections', async () => {
    await withServer({}, async (server) => {
      const password = dataOf(pick(deployment.manifests, 'Secret', ADMIN_SECRET))['password'];
      const sessions = Array.from(
        { length: 100 },
        () => new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', password, database: 'postgres' }),
      );
      await Promise.all(sessions.map((session) => session.connect()));
      const results = await everything(server);
      expect(results.map(({ code }) => code)).toEqual(CODES);
      for (const { stderr } of results) {
        expect(stderr).toContain('sorry, too many clients already\n');
        expect(stderr).toMatch(
          /\nserver: it has no connection left, not even one of those that are reserved for the admin; run this again when some are free\n$/,
        );
      }
      await Promise.all(sessions.map((session) => session.end()));
      expect((await job(server)).code).toBe(0);
    });
  });

  // Of these two any server speaks in the same words.
  if (major !== 15) return;

  test('when it is read-only', async () => {
    await withServer({ standby: true }, async (server) => {
      const results = await everything(server);
      expect(results.map(({ code }) => code)).toEqual(CODES);
      for (const { stderr } of results) {
        expect(stderr).toContain('cannot execute CREATE SCHEMA in a read-only transaction\n');
        expect(stderr).toMatch(
          /\nserver: it is read-only: its volume is full \(docs\/troubleshooting\.md\), or it is a standby, and the connection must lead to the primary\n$/,
        );
      }
    });
  });

  test('when its disk is full, and the next run finds room', async ({ skip }) => {
    skip(!mountable, 'a disk of its own needs root and mount namespaces');
    await withServer({ diskSize: '96M' }, async (server) => {
      const admin = (sql: string): Promise<unknown> => server.asAdmin((client) => client.query(sql));
      await admin('CREATE UNLOGGED TABLE filler AS SELECT 1 AS i LIMIT 0');
      await expect(admin('INSERT INTO filler SELECT generate_series(1, 10000000)')).rejects.toThrow(/could not extend file/);
      const results = [await job(server), await command('apply', server)];
      expect(results.map(({ code }) => code)).toEqual([1, ENDINGS.unreached.code]);
      for (const { stderr } of results) {
        expect(stderr).toContain(
          'server: its disk is full; enlarge the volume (persistence.size) or free space, then run this again\n',
        );
      }
      await admin('DROP TABLE filler');
      expect((await job(server)).code).toBe(0);
    });
  });
});
