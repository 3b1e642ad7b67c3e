/** @module-tag quarter */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import { certificateOf } from '../tools/authority.ts';
import type { Lab } from '../tools/lab.ts';
import { dataOf, pick } from '../tools/manifests.ts';
import { startEnds, type Ends } from '../tools/moving.ts';
import { fetchPrograms } from '../tools/postgres-binaries.ts';

/*
 * A service whose logins must show a certificate moves from 15 to 18: what moves it shows none, and nobody else comes in by that.
 */
const VALUES = `
postgresql: { settings: { wal_level: logical } }
tls: { issueClientCertificates: true }
services:
  shown: { clientCertificate: users, roles: { reporting: { clientCertificate: reports } } }
  other: { clientCertificate: others }
  plain: {}
`;
const SECRET = 'shown-db-secret';
const ASKED = 'connection requires a valid client certificate';

let ends: Ends;
let programs: string | undefined;

beforeAll(async () => {
  programs = await fetchPrograms();
  ends = await startEnds(15, { values: VALUES, files: {} }, programs ?? '');
});
afterAll(() => ends.end());

/** A login over TLS, with the certificate of a Secret that the chart made for it, or none. */
async function as(lab: Lab, secret: string, sql: string, shown?: string): Promise<object[]> {
  const login = lab.login(secret);
  const { 'tls.crt': cert, 'tls.key': key } = shown === undefined ? {} : dataOf(pick(lab.manifests(), 'Secret', shown));
  const client = new pg.Client({ ...login, host: 'localhost', ssl: { ca: certificateOf(lab.manifests())['ca.crt'], cert, key } });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<object>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Who shows no certificate for the time of a move; undefined where nothing moves. */
const spared = (lab: Lab): Promise<object[]> =>
  lab.admin(
    `SELECT array_agg(member::regrole::text ORDER BY member::regrole::text) AS members FROM pg_roles LEFT JOIN pg_auth_members ON roleid = pg_roles.oid
     WHERE rolname = 'shared_postgresql_moving' GROUP BY rolname`,
  );

test('moves, and only what moves it shows no certificate, for as long as it moves', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  const { source, target } = ends;
  await as(source, SECRET, 'CREATE TABLE kept AS SELECT 1 AS one', 'users');
  expect(await ends.killAt('takes what was written since', 'shown')).toBe('killed');
  expect(await ends.killAt('takes what was written since', 'other')).toBe('killed');
  await as(source, SECRET, 'INSERT INTO kept VALUES (2)', 'users');
  for (const lab of [source, target]) {
    expect(await spared(lab)).toEqual([{ members: ['"otherdb+moving"', '"showndb+moving"'] }]);
    expect(await lab.admin(`SELECT rolcanlogin FROM pg_roles WHERE rolname = 'shared_postgresql_moving'`)).toEqual([
      { rolcanlogin: false },
    ]);
  }
  for (const [secret, shown] of [
    [SECRET, 'users'],
    ['shown-reporting-db-secret', 'reports'],
    ['other-db-secret', 'others'],
  ] as const) {
    await expect(as(source, secret, 'SELECT')).rejects.toThrow(ASKED);
    await expect(as(source, secret, 'GRANT shared_postgresql_moving TO CURRENT_USER', shown)).rejects.toThrow(
      /permission denied|must have admin option/,
    );
  }
  // Every service sees the names of all roles, and may give privileges on what it owns to any of them.
  await as(source, 'plain-db-secret', 'CREATE TABLE bait (); GRANT SELECT ON bait TO shared_postgresql_moving');
  expect((await source.command('plan', '--compare', 'all')).output).not.toContain('shared_postgresql_moving');
  // A grant that nobody meant goes with the role.
  await source.admin('GRANT shared_postgresql_moving TO showndb_reporting');
  expect((await source.command('plan')).output).toContain('REVOKE shared_postgresql_moving FROM showndb_reporting');

  expect(await ends.move('other', '--undo')).toMatchObject({ code: 0 });
  for (const lab of [source, target]) expect(JSON.stringify(await spared(lab))).toMatch(/^(?!.*otherdb).*showndb\+moving/);
  const { code, output } = await ends.move('shown');
  expect(output).toContain('shown has moved');
  expect(code).toBe(0);
  for (const lab of [source, target]) expect(await spared(lab)).toEqual([]);
  expect(await as(target, SECRET, 'SELECT sum(one)::integer FROM kept', 'users')).toEqual([{ sum: 3 }]);
  await expect(as(target, SECRET, 'SELECT')).rejects.toThrow(ASKED);
  await expect(as(source, 'other-db-secret', 'SELECT')).rejects.toThrow(ASKED);
  expect(await as(source, 'other-db-secret', 'SELECT 1 AS one', 'others')).toEqual([{ one: 1 }]);
});

test('is told before anything begins that a server of a former chart asks its mover as well', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  const file = join(ends.source.server.data, '../../pg_hba.conf');
  const rules = readFileSync(file, 'utf8');
  writeFileSync(file, rules.replaceAll(/^.*\+shared_postgresql_moving.*$/gm, ''));
  const { code, output } = await ends.move('other', '--dry-run');
  expect(output).toContain(
    'the source would ask what moves it for a certificate, by the pg_hba.conf of a former chart; upgrade it first, which restarts it once',
  );
  expect(code).toBe(1);
  expect((await ends.move('plain', '--dry-run')).code).toBe(2);
  writeFileSync(file, rules);
});
