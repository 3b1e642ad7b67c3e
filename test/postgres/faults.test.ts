import { beforeAll, describe, expect, inject, test } from 'vitest';
import { deploy, type Deployment } from '../tools/deployment.ts';
import { runJob } from '../tools/job.ts';
import { startProxy } from '../tools/proxy.ts';
import { cloneServer, initialiseOnly, type Server } from '../tools/server.ts';

/*
 * A provisioning run is broken after each of its statements in turn; then it runs again. Whatever the position, the end must
 * be that of a run without faults. The connection is cut by a proxy, at every position; the server is killed at every fourth,
 * because it takes seconds to come back.
 */
const VALUES = 'services:\n  a-service: { extensions: [citext] }\n';
const FILES = {
  'schema/databases/a-service/001_a.sql': 'CREATE TABLE t (i int);\nINSERT INTO t VALUES (1);\n',
  'schema/databases/a-service/002_b.sql': 'INSERT INTO t VALUES (2);\n',
};
const KILL_EVERY = 4;

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
      undisturbed = await stateOf(server);
    });
  });

  const withServer = async (use: (server: Server) => Promise<void>): Promise<void> => {
    const server = await cloneServer(bin, empty, deployment.manifests);
    try {
      await use(server);
    } finally {
      await server.stop();
      server.remove();
    }
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
    expect(await stateOf(server), `position ${position}`).toBe(undisturbed);
  };

  test('the run has enough statements to be worth breaking', () => {
    expect(statements).toBeGreaterThan(45);
  });

  test('the connection is cut', { timeout: 600_000 }, async () => {
    for (let position = 1; position < statements; position += 1) {
      await withServer(async (server) => {
        await breakAt(position, server, () => Promise.resolve());
        await expectRecovery(position, server);
      });
    }
  });

  test('the server is killed', { timeout: 600_000 }, async () => {
    for (let position = 1; position < statements; position += KILL_EVERY) {
      await withServer(async (server) => {
        await breakAt(position, server, () => server.kill());
        await server.start();
        await expectRecovery(position, server);
      });
    }
  });
});

/** Everything that provisioning makes, without what differs from run to run: object ids, salts and times. */
async function stateOf(server: Server): Promise<string> {
  const shared = await server.asAdmin((client) =>
    client.query<object>(`
      SELECT 'role' AS kind, to_jsonb(r) - 'oid' - 'rolpassword' || jsonb_build_object('scram', rolpassword LIKE 'SCRAM-SHA-256$%') AS row FROM pg_authid AS r
      UNION ALL SELECT 'member', jsonb_build_array(roleid::regrole, member::regrole, grantor::regrole, admin_option) FROM pg_auth_members
      UNION ALL SELECT 'database', jsonb_build_array(datname, datdba::regrole, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) AS a)) FROM pg_database
      UNION ALL SELECT 'setting', jsonb_build_array(setdatabase, setrole::regrole, (SELECT array_agg(c ORDER BY c) FROM unnest(setconfig) AS c)) FROM pg_db_role_setting
      UNION ALL SELECT 'service', jsonb_build_array(database, "user", service, access, digest, fingerprint, verifier IS NOT NULL, provisioned IS NOT NULL) FROM shared_postgresql.login
      ORDER BY 1, 2`),
  );
  const inside = await server.asAdmin(
    (client) =>
      client.query<object>(`
            SELECT 'schema' AS kind, jsonb_build_array(nspname, nspowner::regrole, nspacl::text) AS row FROM pg_namespace WHERE nspname !~ '^pg_'
            UNION ALL SELECT 'relation', jsonb_build_array(oid::regclass, relowner::regrole, relacl::text) FROM pg_class WHERE relnamespace::regnamespace::text !~ '^(pg_|information)'
            UNION ALL SELECT 'function', jsonb_build_array(proname, proowner::regrole, prosrc) FROM pg_proc WHERE pronamespace::regnamespace::text = 'shared_postgresql'
            UNION ALL SELECT 'extension', jsonb_build_array(extname, extowner::regrole) FROM pg_extension
            UNION ALL SELECT 'file', jsonb_build_array(name, checksum) FROM shared_postgresql.schema_file
            UNION ALL SELECT 'rows', (SELECT jsonb_agg(i ORDER BY i) FROM t)
            ORDER BY 1, 2`),
    'adb',
  );
  return [shared, inside].map(({ rows }) => rows.map((row) => JSON.stringify(row)).join('\n')).join('\n\n');
}
