import pLimit from 'p-limit';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { stateOf } from '../tools/catalog.ts';
import { deploy, type Deployment } from '../tools/deployment.ts';
import { runJob } from '../tools/job.ts';
import { startLab } from '../tools/lab.ts';
import { startProxy } from '../tools/proxy.ts';
import { cloneServer, initialiseOnly, type Server } from '../tools/server.ts';

/*
 * A provisioning run is broken after each of its statements in turn; then it runs again. Whatever the position, the end must
 * be that of a run without faults. The connection is cut by a proxy, and the server is killed, at every position.
 */
const VALUES = 'services:\n  a-service: { extensions: [citext], roles: { reporting: {} } }\n';
const FILES = {
  'schema/databases/a-service/001_a.sql': 'CREATE TABLE t (i int);\nINSERT INTO t VALUES (1);\n',
  'schema/databases/a-service/002_b.sql': 'INSERT INTO t VALUES (2);\n',
};

describe('a run that is broken after any of its statements, and run again', () => {
  const bin = inject('postgres')[18];
  let deployment: Deployment;
  let empty: string;
  let undisturbed: string;
  let statements: number;

  beforeAll(async () => {
    deployment = await deploy({ values: VALUES, files: FILES });
    empty = await initialiseOnly(bin, deployment.manifests);
    await withServer(async (server) => {
      const proxy = await startProxy(server.port, Infinity, () => Promise.resolve());
      expect((await runThrough(proxy.port)).code).toBe(0);
      statements = proxy.finished();
      await proxy.close();
      undisturbed = await stateOf(server, ['adb']);
    });
  });

  const withServer = async (use: (server: Server) => Promise<void>): Promise<void> => {
    const server = await cloneServer(bin, empty, deployment.manifests);
    try {
      await use(server);
    } finally {
      await server.end();
    }
  };

  /** Each on a server of its own, a few of them side by side: most of the time they wait. */
  const atEveryPosition = async (use: (position: number, server: Server) => Promise<void>): Promise<void> => {
    const positions = Array.from({ length: statements - 1 }, (_, place) => place + 1);
    await pLimit(4).map(positions, (position) => withServer((server) => use(position, server)));
  };

  /** Without encryption, so that the proxy can read the messages. */
  const runThrough = (port: number) =>
    runJob(deployment.manifests, port, { PGSSLMODE: 'disable', PGGSSENCMODE: 'disable', WAIT_SECONDS: '5' });

  const breakAt = async (position: number, server: Server, fault: () => Promise<void>): Promise<void> => {
    const proxy = await startProxy(server.port, position, fault);
    const broken = await runThrough(proxy.port);
    await proxy.close();
    expect(broken.code, `position ${position}: ${broken.output}`).not.toBe(0);
  };

  const expectRecovery = async (position: number, server: Server): Promise<void> => {
    const again = await runJob(deployment.manifests, server.port);
    expect(again.output, `position ${position}`).toContain('1 services: 1 well, 0 not\n');
    expect(again.code, `position ${position}`).toBe(0);
    expect(await stateOf(server, ['adb']), `position ${position}`).toBe(undisturbed);
  };

  test('the run has enough statements to be worth breaking', () => {
    expect(statements).toBeGreaterThan(45);
  });

  test('the connection is cut', { timeout: 600_000 }, async () => {
    await atEveryPosition(async (position, server) => {
      await breakAt(position, server, () => Promise.resolve());
      await expectRecovery(position, server);
    });
  });

  test('the server is killed', { timeout: 600_000 }, async () => {
    await atEveryPosition(async (position, server) => {
      await breakAt(position, server, () => server.kill());
      await server.start();
      await expectRecovery(position, server);
    });
  });
});

test('apply that loses the session in which it remembers ends with a sentence', async () => {
  const lab = await startLab(18, { values: 'services: { a-service: {} }\n' });
  expect((await lab.command('apply')).code).toBe(0);
  await lab.change({
    values: 'services: { a-service: {}, b-service: {} }\n',
    files: { 'schema/databases/a-service/001_a.sql': 'SELECT pg_sleep(4);\n' },
  });
  // Until it goes, no database is made: the run is still underway when the first service is to be remembered.
  const { code, output } = await lab.server.asAdmin(async (admin) => {
    await admin.query('BEGIN; LOCK TABLE pg_database IN SHARE MODE');
    const applying = lab.command('apply');
    const remembering = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'shared-postgresql' AND datname = 'postgres' AND state = 'idle'
        AND EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%apply_schema_file%' AND usename = 'adb_user')`;
    for (let ended = 0; ended === 0; ended += (await admin.query(remembering)).rowCount ?? 0) {
      await admin.query('SELECT pg_sleep(0.1), pg_stat_clear_snapshot()');
    }
    await admin.query('SELECT pg_sleep(6)');
    await admin.query('ROLLBACK');
    return applying;
  });
  expect(output).toContain('server: the connection was ');
  expect(output).not.toMatch(/^ +at /m);
  expect(code).toBe(ENDINGS.unreached.code);
  expect((await lab.command('apply')).code).toBe(0);
  await lab.server.end();
});
