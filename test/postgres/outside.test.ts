/** @module-tag quarter */
import type pg from 'pg';
import { describe, expect, test, type TestContext } from 'vitest';
import { readBegun } from '../../generator/server/begun.ts';
import { startProvisioning } from '../tools/job.ts';
import { endWith, startProvisionedLab, type Lab } from '../tools/lab.ts';
import { ADMIN_SECRET, dataOf, pick } from '../tools/manifests.ts';
import { POSTGRES_MAJORS, type PostgresMajor } from '../tools/postgres-binaries.ts';

/*
 * Schema files that run outside a transaction: what is broken off in the middle is found by the next run, and goes on there.
 */
const VALUES = 'services: { a-service: { roles: { reporting: {} } } }\n';
const FOLDER = 'schema/databases/a-service';
const FILES = {
  [`${FOLDER}/001_t.sql`]: `CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t SELECT n, n FROM generate_series(1, 100) AS n;
CREATE TABLE p (id int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);
`,
};
const INDEX = { [`${FOLDER}/002_i.sql`]: '-- Much is asked for v.\nCREATE INDEX CONCURRENTLY i ON t (v);\n' };

async function begin(context: TestContext, major: PostgresMajor, files: Readonly<Record<string, string>>): Promise<Lab> {
  const lab = endWith(context, await startProvisionedLab(major, { values: VALUES, files: FILES }));
  await lab.change({ values: VALUES, files: { ...FILES, ...files } });
  return lab;
}

/** What would stand in the place of PostgreSQL's own, for whoever looks there first: none of it is called. */
const PLANTED = `
CREATE FUNCTION format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''planted''; END';
CREATE FUNCTION hashtext(text) RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''planted''; END';
CREATE FUNCTION pg_try_advisory_lock(bigint) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''planted''; END';
CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''planted''; END';
CREATE OPERATOR = (FUNCTION = same, LEFTARG = text, RIGHTARG = text);
CREATE VIEW pg_index AS SELECT 1 AS indexrelid;
ALTER ROLE adb_user SET search_path = public, pg_catalog;
`;

/** What the command status finds. */
function begunIn(lab: Lab): ReturnType<typeof readBegun> {
  const { password } = dataOf(pick(lab.manifests(), 'Secret', ADMIN_SECRET));
  const connection = { host: '127.0.0.1', port: lab.server.port, user: 'postgres', password };
  const outside = { name: '002_i.sql', text: '', lines: [1], steps: [] };
  return readBegun(connection, [
    { name: 'a-service', database: 'adb', schemaFiles: [{ name: '001_t.sql', text: '', lines: [1] }, outside] },
    { name: 'b-service', database: 'gone', schemaFiles: [outside] },
  ]);
}

/** A transaction of the service that whatever runs CONCURRENTLY waits for. */
async function inTheWay(lab: Lab): Promise<pg.Client> {
  const session = await lab.hold('a-service-db-secret');
  await session.query('BEGIN; UPDATE t SET v = v WHERE id = 1; SELECT FROM p1');
  return session;
}

const indexes = (lab: Lab): Promise<object[]> =>
  lab.admin(
    "SELECT relname AS name, indisvalid AS valid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname ~ '^i' AND relnamespace = 'public'::regnamespace",
    'adb',
  );
const waits = ({ expect }: TestContext, lab: Lab, query: string) =>
  expect.poll(
    () =>
      lab.admin(`SELECT FROM pg_stat_activity WHERE usename = 'adb_user' AND wait_event_type = 'Lock' AND query ~ '${query}'`),
    {
      timeout: 30_000,
    },
  );
const ledger = async (lab: Lab): Promise<string[]> =>
  (
    await lab.admin<{ name: string }>(
      "SELECT name FROM shared_postgresql.schema_file WHERE name NOT LIKE '001%' ORDER BY applied",
      'adb',
    )
  ).map(({ name }) => name);

describe.each(POSTGRES_MAJORS)('a schema file outside a transaction, on PostgreSQL %i', { concurrent: true }, (major) => {
  test('a server that is killed in the middle of it', async (context) => {
    const lab = await begin(context, major, INDEX);
    const session = await inTheWay(lab);
    await lab.as('a-service-db-secret', PLANTED);
    // However long others are waited for, it is no longer than for what a file says inside a transaction.
    const late = await lab.job({ SCHEMA_FILE_SECONDS: '2' });
    expect(late.output).toContain('a-service: ERROR:  002_i.sql:2:1: canceling statement due to statement timeout\n');
    expect(await indexes(lab)).toEqual([{ name: 'i', valid: false }]);
    const job = lab.job({ WAIT_SECONDS: '5' });
    // What the one before it left goes first, and that waits as well.
    await waits(context, lab, 'DROP INDEX').toHaveLength(1);
    session.on('error', () => undefined);
    await lab.server.kill();
    expect((await job).code).not.toBe(0);
    await lab.server.start();
    expect(await indexes(lab)).toEqual([{ name: 'i', valid: false }]);
    expect((await lab.command('plan')).output).toContain(
      'the schema file was begun outside a transaction, and goes on where it was broken off',
    );
    expect(await begunIn(lab)).toEqual(new Map([['a-service', ['002_i.sql']]]));
    const { code, output } = await lab.job();
    expect(output).toContain(
      'a-service: schema file 002_i.sql, outside a transaction\na-service: INFO:  an index that is not valid was left: DROP INDEX CONCURRENTLY IF EXISTS public.i\n',
    );
    expect(code).toBe(0);
    expect(await indexes(lab)).toEqual([{ name: 'i', valid: true }]);
    expect(await ledger(lab)).toEqual(['002_i.sql begun 1', '002_i.sql statement 1', '002_i.sql']);
    expect((await lab.job()).output).toBe('1 services: 1 well, 0 not\n');
    expect(await begunIn(lab)).toEqual(new Map());
  });

  test('a Job that is killed in the middle of it, while the server goes on', async (context) => {
    const lab = await begin(context, major, INDEX);
    const session = await inTheWay(lab);
    const killed = startProvisioning(lab.manifests(), lab.server.port);
    await waits(context, lab, 'CREATE INDEX').toHaveLength(1);
    killed.kill();
    const meanwhile = await lab.job();
    expect(meanwhile.output).toMatch(
      /^a-service: ERROR: {2}002_i.sql: session \d+ still applies a schema file; what it began goes on until it ends, and the next run finds it$/m,
    );
    await session.query('COMMIT');
    await context.expect.poll(() => indexes(lab)).toEqual([{ name: 'i', valid: true }]);
    await context.expect
      .poll(() =>
        lab.admin(
          "SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = 'adb')",
        ),
      )
      .toEqual([]);
    const { code, output } = await lab.command('apply');
    expect(output).toMatch(/^a-service: schema file 002_i.sql, outside a transaction\na-service: well after /);
    expect(code).toBe(0);
    expect(await ledger(lab)).toEqual(['002_i.sql begun 1', '002_i.sql statement 1', '002_i.sql']);
  });

  test('a file of several statements goes on where it failed, and each of them is done once', async (context) => {
    const several = (last: string): Record<string, string> => ({
      [`${FOLDER}/002_i.sql`]: `-- shared-postgresql: no-transaction
SET search_path = public, pg_catalog;
INSERT INTO t VALUES (1000, 1000);
CREATE INDEX CONCURRENTLY i_v
  ON t (v);
ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY; -- no longer needed
DO $$
BEGIN
  FOR n IN 1..3 LOOP INSERT INTO t VALUES (2000 + n, n); COMMIT; END LOOP;
END
$$;
${last}
DROP INDEX CONCURRENTLY i_v;
VACUUM (ANALYZE) t;
REINDEX TABLE CONCURRENTLY t;
`,
    });
    const lab = await begin(context, major, several('CREATE UNIQUE INDEX CONCURRENTLY i_u ON t (v);'));
    const reading = await lab.hold('a-service-reporting-db-secret');
    await reading.query("SELECT pg_advisory_lock(hashtext('shared_postgresql.schema_file'))");
    expect((await lab.job()).output).toMatch(
      /^a-service: ERROR: {2}002_i.sql: session \d+ of adb_reporting holds the lock for applying schema files, and applies none; end it$/m,
    );
    await reading.query('SELECT pg_advisory_unlock_all()');
    const first = await lab.job();
    expect(first.output).toContain('a-service: ERROR:  002_i.sql:12:1: could not create unique index "i_u"\n');
    expect(first.code).toBe(1);
    expect(await ledger(lab)).toHaveLength(8);
    const left = (await lab.command('plan', '--sql')).stdout;
    expect(left).toMatch(/ SET search_path = public, pg_catalog;\n +CREATE UNIQUE INDEX CONCURRENTLY i_u ON t \(v\);\n/);
    expect(left).not.toContain('INSERT INTO t VALUES (1000');
    // What was not done yet may be edited, and what was done may not.
    const files = several('CREATE INDEX CONCURRENTLY i_u ON t (v);');
    const edited = { [`${FOLDER}/002_i.sql`]: (files[`${FOLDER}/002_i.sql`] ?? '').replace('1000, 1000', '1001, 1000') };
    await lab.change({ values: VALUES, files: { ...FILES, ...edited } });
    expect((await lab.job()).output).toContain(
      'a-service: ERROR:  schema file 002_i.sql statement 2 was edited after it was applied; restore its text and put the change into a new schema file\n',
    );
    await lab.change({ values: VALUES, files: { ...FILES, ...files } });
    const again = await lab.command('apply');
    expect(again.output).toContain('a-service: well after ');
    expect(await indexes(lab)).toEqual([{ name: 'i_u', valid: true }]);
    expect(await lab.as('a-service-db-secret', 'SELECT count(*)::int FROM t')).toEqual([{ count: 104 }]);
    expect((await lab.job()).output).toBe('1 services: 1 well, 0 not\n');

    // What a statement before it made, or took away, is found as well when the row behind it is missing.
    const anew = `-- shared-postgresql: no-transaction
DROP INDEX CONCURRENTLY i_u;
CREATE INDEX CONCURRENTLY i_u ON t (v, id);
CREATE INDEX CONCURRENTLY i_w ON t (id, v);
DROP INDEX CONCURRENTLY i_w;
DROP INDEX i_u;
CREATE INDEX CONCURRENTLY i_u ON t (id);
`;
    await lab.change({ values: VALUES, files: { ...FILES, ...files, [`${FOLDER}/003_i.sql`]: anew } });
    expect((await lab.job()).code).toBe(0);
    await lab.admin(
      "DELETE FROM shared_postgresql.schema_file WHERE name IN ('003_i.sql statement 2', '003_i.sql statement 4', '003_i.sql statement 6', '003_i.sql')",
      'adb',
    );
    const last = await lab.job({ COMPARE: 'all' });
    expect(last.output).toContain('a-service: well after ');
    expect(await indexes(lab)).toEqual([{ name: 'i_u', valid: true }]);
  });
});
