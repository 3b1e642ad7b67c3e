import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, type TestContext } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { OBJECTS, stateOf } from '../tools/catalog.ts';
import { deploy, type Deployment } from '../tools/deployment.ts';
import { runJob } from '../tools/job.ts';
import { startLab } from '../tools/lab.ts';
import { startProxy } from '../tools/proxy.ts';
import { sampleOf } from '../tools/sample.ts';
import { cloneServer, initialiseOnly, type Server } from '../tools/server.ts';

/*
 * A provisioning run is broken after each of its statements in turn; then it runs again. Whatever the position, the end must
 * be that of a run without faults. The connection is cut by a proxy, and the server is killed, at every position; `npm test` takes a sample.
 */
const VALUES = 'services:\n  a-service: { extensions: [citext], roles: { reporting: {} } }\n';
const FILES = {
  'schema/databases/a-service/001_a.sql': 'CREATE TABLE t (i int);\nINSERT INTO t VALUES (1);\n',
  'schema/databases/a-service/002_b.sql': 'INSERT INTO t VALUES (2);\n',
};

/** Takes back all that a run may have made, as a server of its own for each position costs a sixth more. */
async function undo(server: Server): Promise<void> {
  await server.asAdmin(async (admin) => {
    await admin.query('DROP DATABASE IF EXISTS adb WITH (FORCE)');
    await admin.query(`DROP SCHEMA IF EXISTS shared_postgresql CASCADE;
      DROP ROLE IF EXISTS adb, adb_user, adb_reporting;
      UPDATE pg_database SET datacl = CASE WHEN datistemplate THEN ARRAY['=c/postgres', 'postgres=CTc/postgres']::aclitem[] END`);
  });
}

/** What a server has of all that a run may make, outside of the databases of services. */
async function catalogsOf(server: Server): Promise<readonly unknown[]> {
  const { rows } = await server.asAdmin((admin) =>
    admin.query<{ row: unknown }>(`
      SELECT to_jsonb(r) - 'oid' AS row FROM pg_authid AS r
      UNION ALL SELECT to_jsonb(m) FROM pg_auth_members AS m
      UNION ALL SELECT jsonb_build_array(datname, datdba, datacl::text, datconnlimit, datallowconn) FROM pg_database
      UNION ALL SELECT to_jsonb(s) FROM pg_db_role_setting AS s
      UNION ALL SELECT to_jsonb(n) FROM pg_namespace AS n WHERE nspname !~ '^pg_(toast_)?temp_'
      ORDER BY 1`),
  );
  return rows.map(({ row }) => row);
}

/** Those of a run, and of its workers. */
const SESSIONS = "SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";

/** Where nothing of all this is, it has no rows. */
const RECORDS = {
  login: `SELECT to_jsonb(l) - '{database_oid,verifier,provisioned}'::text[] || jsonb_build_object(
      'is_of_database', database_oid = (SELECT oid FROM pg_database WHERE datname = database),
      'is_of_password', verifier = (SELECT encode(sha256(convert_to(rolpassword, 'UTF8')), 'hex') FROM pg_authid WHERE rolname = "user"),
      'is_provisioned', provisioned IS NOT NULL) AS row
    FROM shared_postgresql.login AS l`,
  former_login: 'SELECT to_jsonb(l) AS row FROM shared_postgresql.former_login AS l',
  rotation: 'SELECT to_jsonb(r) AS row FROM shared_postgresql.rotation AS r',
  former_entry: 'SELECT to_jsonb(e) AS row FROM shared_postgresql.former_entry AS e',
};

/** The same of the database of the service: its ledger, and what its files insert. */
const ROWS = {
  schema_file: 'SELECT jsonb_build_array(name, checksum) AS row FROM shared_postgresql.schema_file',
  t: 'SELECT to_jsonb(t) AS row FROM public.t',
};

const SHARED = `
  SELECT to_jsonb(r) - '{oid,rolpassword}'::text[] || jsonb_build_object('has_password', rolpassword IS NOT NULL) AS row FROM pg_authid AS r
  UNION ALL SELECT to_jsonb(m) - 'oid' || jsonb_build_object('roleid', roleid::regrole, 'member', member::regrole) FROM pg_auth_members AS m
  UNION ALL SELECT jsonb_build_array(datname, datdba::regrole, datacl::text, datconnlimit, datallowconn, datistemplate) FROM pg_database
  UNION ALL SELECT jsonb_build_array(setdatabase > 0, setrole::regrole, setconfig) FROM pg_db_role_setting`;

const read = async (admin: pg.Client, sql: string): Promise<string[]> =>
  (await admin.query<object>(sql)).rows.map((row) => JSON.stringify(row)).sort();

async function readThere(admin: pg.Client, tables: Readonly<Record<string, string>>): Promise<string[][]> {
  const there = await read(admin, "SELECT relname FROM pg_class WHERE relkind = 'r'");
  const rows = [];
  for (const [name, sql] of Object.entries(tables))
    if (there.includes(JSON.stringify({ relname: name }))) rows.push(await read(admin, sql));
  return rows;
}

/** All that a run reads of a server, but for what differs from one run to the next: where it is the same, a run goes on alike. */
async function leftOn(server: Server): Promise<{ readonly left: string; readonly isAlone: boolean }> {
  const { isOpen, ...shared } = await server.asAdmin(async (admin) => ({
    isAlone: (await read(admin, SESSIONS)).length === 0,
    isOpen: (await read(admin, "SELECT FROM pg_database WHERE datname = 'adb' AND datallowconn")).length > 0,
    rows: [await read(admin, SHARED), await read(admin, OBJECTS), await readThere(admin, RECORDS)],
  }));
  const look = async (admin: pg.Client): Promise<unknown> => [await read(admin, OBJECTS), await readThere(admin, ROWS)];
  const inside = isOpen ? await server.asAdmin(look, 'adb') : [];
  return { left: JSON.stringify([shared.rows, inside]), isAlone: shared.isAlone };
}

describe('a run that is broken after any of its statements, and run again', () => {
  const bin = inject('postgres')[18];
  let deployment: Deployment;
  let undisturbed: string;
  let statements: number;
  /** A few side by side: most of the time they wait. */
  let servers: readonly Server[];
  let untouched: readonly unknown[];

  beforeAll(async () => {
    deployment = await deploy({ values: VALUES, files: FILES });
    const empty = await initialiseOnly(bin, deployment.manifests);
    servers = await Promise.all(Array.from({ length: 4 }, () => cloneServer(bin, empty, deployment.manifests)));
    const [server] = servers;
    if (!server) throw new Error('there is no server');
    untouched = await catalogsOf(server);
    const proxy = await startProxy(server.port, Infinity, () => Promise.resolve());
    expect((await runThrough(proxy.port)).code).toBe(0);
    statements = proxy.finished();
    await proxy.close();
    undisturbed = await stateOf(server, ['adb']);
  });

  /** Each on a server that is as initdb made it. Gives how many there were. */
  const atEveryPosition = async (
    context: TestContext,
    use: (position: number, server: Server) => Promise<void>,
  ): Promise<number> => {
    const all = Array.from({ length: statements - 1 }, (_, place) => place + 1);
    const positions = sampleOf(context, all, 12);
    const { length } = positions;
    const workOn = async (server: Server): Promise<void> => {
      for (let position = positions.shift(); position !== undefined; position = positions.shift()) {
        await undo(server);
        expect(await catalogsOf(server), `position ${position}`).toEqual(untouched);
        await use(position, server);
      }
    };
    await Promise.all(servers.map(workOn));
    return length;
  };

  afterAll(() => Promise.all(servers.map((server) => server.end())));

  /** Without encryption, so that the proxy can read the messages. */
  const runThrough = (port: number) =>
    runJob(deployment.manifests, port, { PGSSLMODE: 'disable', PGGSSENCMODE: 'disable', WAIT_SECONDS: '5' });

  const breakAt = async (position: number, server: Server, fault: () => Promise<void>): Promise<void> => {
    const proxy = await startProxy(server.port, position, fault);
    const broken = await runThrough(proxy.port);
    await proxy.close();
    expect(broken.code, `position ${position}: ${broken.output}`).not.toBe(0);
  };

  /** What broken runs left, from where another came to a good end. */
  const recovered = new Set<string>();

  /** Most statements leave what the one before them left. Where no session of the broken run is there either, the next would do the same again. */
  const expectRecovery = async (position: number, server: Server): Promise<void> => {
    const { left, isAlone } = await leftOn(server);
    if (isAlone && recovered.has(left)) return;
    const again = await runJob(deployment.manifests, server.port);
    expect(again.output, `position ${position}`).toContain('1 services: 1 well, 0 not\n');
    expect(again.code, `position ${position}`).toBe(0);
    expect(await stateOf(server, ['adb']), `position ${position}`).toBe(undisturbed);
    recovered.add(left);
  };

  test('the run has enough statements to be worth breaking', () => {
    expect(statements).toBeGreaterThan(45);
  });

  test('the connection is cut', { timeout: 600_000 }, async (context) => {
    await atEveryPosition(context, async (position, server) => {
      await breakAt(position, server, () => Promise.resolve());
      await expectRecovery(position, server);
    });
  });

  test('the server is killed', { timeout: 600_000 }, async (context) => {
    const tried = await atEveryPosition(context, async (position, server) => {
      await breakAt(position, server, () => server.kill());
      await server.start();
      await expectRecovery(position, server);
    });
    expect(recovered.size).toBeGreaterThan(tried / 5);
  });
});

test('apply that loses the session in which it remembers ends with a sentence', async () => {
  const lab = await startLab(18, { values: 'services: { a-service: {} }\n' });
  expect((await lab.command('apply')).code).toBe(0);
  await lab.change({
    values: 'services: { a-service: {}, b-service: {} }\n',
    files: {
      'schema/databases/a-service/001_a.sql': `DO $$ BEGIN
  WHILE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'go_on') LOOP PERFORM pg_sleep(0.1); END LOOP;
END $$;\n`,
    },
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
    await lab.admin('CREATE ROLE go_on');
    const files = "SELECT pg_stat_clear_snapshot() FROM pg_stat_activity WHERE usename = 'adb_user'";
    while (((await admin.query(files)).rowCount ?? 0) > 0) await admin.query('SELECT pg_sleep(0.1)');
    // What is remembered next has no session any more.
    await admin.query('SELECT pg_sleep(1)');
    await admin.query('ROLLBACK');
    return applying;
  });
  expect(output).toContain('server: the connection was ');
  expect(output).not.toMatch(/^ +at /m);
  expect(code).toBe(ENDINGS.unreached.code);
  expect((await lab.command('apply')).code).toBe(0);
  await lab.server.end();
});
