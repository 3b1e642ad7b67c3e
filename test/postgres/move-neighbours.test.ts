/** @module-tag sixth */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from '../tools/lab.ts';
import { startEnds, type Ends } from '../tools/moving.ts';
import { fetchPrograms } from '../tools/postgres-binaries.ts';

/*
 * What others do while a service moves: provisioning, its own roles, and services that share a server with it.
 */
const VALUES = `
services:
  a-service: { roles: { reporting: {} } }
  b-service: {}
  c-service: {}
  d-service: {}
`;

let ends: Ends;
let source: Lab;
let target: Lab;
let programs: string | undefined;

beforeAll(async () => {
  programs = await fetchPrograms();
  ends = await startEnds(
    15,
    { values: `postgresql: { settings: { wal_level: logical } }\n${VALUES}`, files: {} },
    programs ?? '',
  );
  ({ source, target } = ends);
});
afterAll(() => ends.end());

const WAITING = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;

/** As a rotation does that is provisioned at that moment. */
const SECOND = `
CREATE ROLE bdb_user_2 LOGIN;
GRANT bdb_user TO bdb_user_2;
INSERT INTO shared_postgresql.login (database, "user", service, access) VALUES ('bdb', 'bdb_user_2', 'b-service', 'second')`;

test('a login that provisioning makes while the move waits for it is locked as well', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  const provisioning = await source.adminSession();
  await provisioning.query(`SELECT pg_advisory_lock(hashtext('shared_postgresql'))`);
  const moved = ends.move('b-service', '--with-downtime');
  await expect.poll(() => source.admin(WAITING), { timeout: 60_000 }).toHaveLength(1);
  await provisioning.query(SECOND);
  await provisioning.end();
  const { code, output } = await moved;
  expect(code, output).toBe(0);
  expect(await source.admin(`SELECT FROM pg_roles WHERE rolname LIKE 'bdb_user%' AND rolcanlogin`)).toEqual([]);
});

/** Its own, for itself: nobody else may read the one, or set the other. */
const MADE_BESIDE = `
SELECT lo_from_bytea(4711, 'x');
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC`;

test('what a login that only reads can make at any time keeps its service from no move', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  const reporting = 'a-service-reporting-db-secret';
  await source.as('a-service-db-secret', 'CREATE TABLE t (i integer PRIMARY KEY)');
  await source.as(reporting, MADE_BESIDE);
  expect(await ends.killAt('takes what was written since', 'a-service')).toBe('killed');
  await source.as(reporting, 'ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO PUBLIC');
  const { code, output } = await ends.move('a-service');
  expect(code, output).toBe(0);
  expect(await target.as('a-service-db-secret', `SELECT encode(lo_get(4711), 'escape') AS large`)).toEqual([{ large: 'x' }]);
});

test('a neighbour whose transaction does not end is named, and the service goes on', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  await source.as('d-service-db-secret', 'CREATE TABLE t (i integer)');
  const open = await source.hold('d-service-db-secret');
  await open.query('BEGIN; INSERT INTO t VALUES (1)');
  const moved = ends.move('c-service');
  await expect.poll(() => source.admin(WAITS_FOR_A_TRANSACTION), { timeout: 60_000 }).toHaveLength(1);
  // As its time does when it is over.
  await source.admin(`SELECT pg_cancel_backend(pid) FROM (${WAITS_FOR_A_TRANSACTION}) AS waiting`);
  const { code, output } = await moved;
  expect(output).toMatch(
    /^the source has a transaction that does not end, of whichever service: session \d+ of ddb_user in database ddb, since /m,
  );
  expect(code).toBe(1);
  await open.end();
  await source.as('c-service-db-secret', 'SELECT');
});

const WAITS_FOR_A_TRANSACTION = `SELECT pid FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted`;

/** Takes minutes, in a library that asks nobody whether it should go on. */
const DEAF = `SELECT xpath('//*[count(//*[count(//*)>0])>0]', ('<r>' || repeat('<a/>', 5000) || '</r>')::xml)`;

/** What the target's sessions do that matches an expression. */
const doing = (expression: string): Promise<{ pid: number }[]> =>
  target.admin(`SELECT pid FROM pg_stat_activity WHERE query ~ '${expression}' AND pid <> pg_backend_pid() AND state = 'active'`);

test('a neighbour that heeds nothing keeps a move from nothing for ever, and it goes on afterwards', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  expect(await ends.killAt('restores it', 'c-service')).toBe('killed');
  const deaf = expect(target.as('d-service-db-secret', DEAF)).rejects.toThrow();
  await expect.poll(() => doing('^SELECT xpath'), { timeout: 60_000 }).toHaveLength(1);
  const undone = ends.move('c-service', '--undo');
  await expect.poll(() => doing('^DROP DATABASE'), { timeout: 60_000 }).toHaveLength(1);
  // As its time does when it is over.
  await target.admin(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query ~ '^DROP DATABASE'`);
  const refused = await undone;
  expect(refused.output).toContain(
    'database cdb of the target could not be dropped: a session there, of whichever service, heeds nothing.',
  );
  expect(refused.code).toBe(1);
  const [{ pid } = { pid: 0 }] = await doing('^SELECT xpath');
  process.kill(pid, 'SIGKILL');
  await deaf;
  await expect.poll(() => target.admin('SELECT').catch(String), { timeout: 60_000 }).toHaveLength(1);
  const { code, output } = await ends.move('c-service', '--undo');
  expect(code, output).toBe(0);
  await target.as('c-service-db-secret', 'SELECT');
});
