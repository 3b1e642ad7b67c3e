import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { writeFiles } from '../tools/deployment.ts';
import { ADMIN, EXTERNAL, startExternalLab, urlOfExternal, type ExternalLab } from '../tools/external.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { startLab, type Lab } from '../tools/lab.ts';
import { dataOf, pick } from '../tools/manifests.ts';
import { moverIn, urlOf, type Mover } from '../tools/moving.ts';
import { fetchPrograms, type PostgresMajor } from '../tools/postgres-binaries.ts';
import { withClient } from '../tools/server.ts';

/*
 * Services move between a server of the chart's and those that somebody else runs, whose admins are no superusers: by a dump and a restore, or, where their
 * provider gave them the rights for it, while they go on.
 */
const VALUES = `services:
  a-service: { roles: { reports: {} } }
  b-service: {}
  c-service: {}
  d-service: { roles: { reports: {} } }
  e-service: {}
`;
const versionOf = (major: number): string => `postgresql: { version: "${major}" }\n`;
const externalOn = (major: PostgresMajor): Promise<ExternalLab> =>
  startExternalLab(inject('postgres')[major], { values: versionOf(major) + VALUES });

let old: ExternalLab;
let next: ExternalLab;
let pod: Lab;
let programs: string | undefined;

beforeAll(async () => {
  programs = await fetchPrograms();
  [old, next, pod] = await Promise.all([externalOn(15), externalOn(18), startLab(18, { values: VALUES })]);
  for (const lab of [old, next, pod]) {
    const { code, output } = await lab.job();
    expect(code, output).toBe(0);
  }
}, 300_000);
afterAll(() => Promise.all([old, next, pod].map((lab) => lab.server.end())));

const urls = (): Record<'old' | 'next' | 'pod', string> => ({
  old: urlOfExternal(old),
  next: urlOfExternal(next),
  pod: urlOf(pod),
});
const VALUES_OF = {
  old: EXTERNAL + versionOf(15) + VALUES,
  next: EXTERNAL + versionOf(18) + VALUES,
  pod: VALUES,
};

function between(from: keyof typeof VALUES_OF, to: keyof typeof VALUES_OF): Mover {
  const folder = temporaryFolder();
  writeFiles(folder, { 'from/values.yaml': VALUES_OF[from], 'to/values.yaml': VALUES_OF[to] });
  return moverIn(folder, programs ?? '', () => ({ DATABASE_URL: urls()[from], TO_DATABASE_URL: urls()[to] }));
}

function as(lab: Lab | ExternalLab, service: string, sql: string): Promise<object[]> {
  const { user, password, database } = dataOf(pick(lab.manifests(), 'Secret', `${service}-db-secret`));
  const login = { host: '127.0.0.1', port: lab.server.port, user, password, database };
  return withClient(login, async (client) => (await client.query<object>(sql)).rows);
}

const FILLED = `
CREATE TABLE word (id serial PRIMARY KEY, text text);
INSERT INTO word (text) SELECT 'word ' || i FROM generate_series(1, 1000) AS i;
SELECT lo_from_bytea(4242, 'x')`;
const FOUND = `SELECT count(*)::integer, nextval('word_id_seq')::integer AS next, convert_from(lo_get(4242), 'UTF8') AS object FROM word`;

test.for([
  ['a-service', 'old', 'pod'],
  ['b-service', 'pod', 'next'],
  ['c-service', 'old', 'next'],
] as const)('%s moves from %s to %s', { timeout: 300_000 }, async ([service, from, to], { skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  const labs = { old, next, pod };
  await as(labs[from], service, FILLED);
  const mover = between(from, to);
  const dry = await mover.move(service, '--dry-run');
  expect(dry.output).toMatch(/the admin of the (source|target) may not|wal_level is/);
  expect(await mover.killBefore(150, service, '--with-downtime')).toBe('killed');
  const { code, output } = await mover.move(service, '--with-downtime');
  expect(code, output).toBe(0);
  expect(await as(labs[to], service, FOUND)).toEqual([{ count: 1000, next: 1001, object: 'x' }]);
  await expect(as(labs[from], service, 'SELECT')).rejects.toThrow('is not permitted to log in');
  for (const lab of [labs[from], labs[to]])
    expect(await lab.admin("SELECT rolname FROM pg_roles WHERE rolname LIKE '%+moving'")).toEqual([]);
  expect((await labs[to].job()).code).toBe(0);
});

describe('changes are followed', () => {
  const rights = (lab: ExternalLab): Promise<object[]> =>
    lab.provider(
      `ALTER ROLE ${ADMIN.user} REPLICATION; GRANT SET ON PARAMETER session_replication_role TO ${ADMIN.user} WITH GRANT OPTION`,
    );

  test.for([
    ['d-service', 'old', 'next'],
    ['e-service', 'next', 'pod'],
  ] as const)('%s is followed from %s to %s', { timeout: 300_000 }, async ([service, from, to], { skip }) => {
    skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
    const labs = { old, next, pod };
    await Promise.all([rights(old), rights(next)]);
    await as(labs[from], service, FILLED);
    const mover = between(from, to);
    const dry = await mover.move(service, '--dry-run');
    expect(dry.code, dry.output).toBe(ENDINGS.pending.code);
    expect(await mover.killAt('takes what was written since', service)).toBe('killed');
    await as(labs[from], service, "UPDATE word SET text = 'changed' WHERE id <= 10; DELETE FROM word WHERE id = 1000");
    const { code, output } = await mover.move(service);
    expect(code, output).toBe(0);
    expect(await as(labs[to], service, `${FOUND} WHERE text = 'changed'`)).toEqual([{ count: 10, next: 1001, object: 'x' }]);
    expect(await as(labs[to], service, 'SELECT count(*)::integer FROM word')).toEqual([{ count: 999 }]);
    await expect(as(labs[from], service, 'SELECT')).rejects.toThrow('is not permitted to log in');
    for (const lab of [labs[from], labs[to]])
      expect(await lab.admin("SELECT rolname FROM pg_roles WHERE rolname LIKE '%+moving'")).toEqual([]);
    expect(await labs[from].admin('SELECT slot_name FROM pg_replication_slots')).toEqual([]);
    // What moved away from there in a test before is still in its values.
    expect((await labs[to].job()).output).not.toMatch(new RegExp(`^not well:.* ${service}\\b`, 'm'));
  });
});

test('a move that is undone leaves both ends as they were', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  const mover = between('next', 'pod');
  await as(next, 'a-service', 'CREATE TABLE kept AS SELECT 1 AS one');
  expect(await mover.killBefore(150, 'a-service', '--with-downtime')).toBe('killed');
  expect(await mover.move('a-service', '--undo')).toMatchObject({ code: 0 });
  expect(await as(next, 'a-service', 'TABLE kept')).toEqual([{ one: 1 }]);
  expect(await as(pod, 'a-service', 'SELECT count(*)::integer FROM word')).toEqual([{ count: 1000 }]);
});
