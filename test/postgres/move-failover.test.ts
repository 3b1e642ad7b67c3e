/** @module-tag quarter */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFiles } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runJob } from '../tools/job.ts';
import { dataOf, pick } from '../tools/manifests.ts';
import { moverIn, urlOf, type Mover } from '../tools/moving.ts';
import { receivers, startPair, type Pair } from '../tools/pair.ts';
import { fetchPrograms } from '../tools/postgres-binaries.ts';
import { withClient, type Server } from '../tools/server.ts';

/*
 * Services move between two deployments of CloudNativePG's, whose servers fail over meanwhile, to standbys that had not heard of what came last: no row is
 * lost, nothing is opened that is not whole, and what is open is not taken for what a copy left.
 */
const VALUES = `engine: { kind: cloudnative-pg }
postgresql: { settings: { wal_level: logical } }
services:
  a-service: {}
  b-service: {}
  c-service: {}
  d-service: {}
`;

let source: Pair;
let target: Pair;
let from: Server;
let to: Server;
let mover: Mover;
let programs: string | undefined;

beforeAll(async () => {
  programs = await fetchPrograms();
  [source, target] = await Promise.all([startPair({ values: VALUES }), startPair({ values: VALUES })]);
  [from, to] = [source.primary, target.primary];
  for (const { manifests, primary } of [source, target]) {
    const { code, output } = await runJob(manifests, primary.port, { PGSSLMODE: 'disable' });
    expect(code, output).toBe(0);
  }
  const folder = temporaryFolder();
  writeFiles(folder, { 'from/values.yaml': VALUES, 'to/values.yaml': VALUES });
  mover = moverIn(folder, programs ?? '', () => ({ DATABASE_URL: url(source, from), TO_DATABASE_URL: url(target, to) }));
}, 300_000);
afterAll(() => Promise.all([source.end(), target.end()]));

const url = (pair: Pair, server: Server): string => urlOf({ manifests: () => pair.manifests, server });

async function as(pair: Pair, server: Server, service: string, sql: string): Promise<object[]> {
  const { user, password, database } = dataOf(pick(pair.manifests, 'Secret', `${service}-db-secret`));
  const login = { host: '127.0.0.1', port: server.port, user, password, database };
  return withClient(login, async (client) => (await client.query<object>(sql)).rows);
}

const atSource = (service: string, sql: string): Promise<object[]> => as(source, from, service, sql);
const atTarget = (service: string, sql: string): Promise<object[]> => as(target, to, service, sql);

/** Until it has all that the primary has. */
async function isAbreast({ primary, standby }: Pair): Promise<void> {
  const here = await lsnOf(primary, 'pg_current_wal_flush_lsn()');
  await expect.poll(() => lsnOf(standby, `pg_last_wal_replay_lsn() >= '${here}'`), { timeout: 60_000 }).toBe('true');
}

const lsnOf = (server: Server, expression: string): Promise<string | undefined> =>
  server.asAdmin(async (client) => {
    const { rows } = await client.query<{ found: string }>(`SELECT (${expression})::text AS found`);
    return rows[0]?.found;
  });

/** What its primary has from here on, its standby will never have. */
async function cutOff(pair: Pair): Promise<void> {
  await expect.poll(() => receivers(pair.primary), { timeout: 60_000 }).toBe(1);
  await isAbreast(pair);
  await pair.standby.stop();
}

async function lose(pair: Pair): Promise<Server> {
  await pair.primary.kill();
  await pair.standby.start();
  await pair.standby.promote();
  return pair.standby;
}

const ROWS = 'SELECT array_agg(id ORDER BY id) AS ids FROM word';

/** Begins its move, up to where changes are followed. */
async function begin(service: string): Promise<void> {
  await atSource(service, 'CREATE TABLE word (id integer PRIMARY KEY); INSERT INTO word VALUES (1)');
  expect(await mover.killAt('takes what was written since', service)).toBe('killed');
}

test('a target that lost what came last is not opened without it', { timeout: 600_000 }, async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  for (const service of ['a-service', 'b-service']) await begin(service);
  await cutOff(target);
  for (const service of ['a-service', 'b-service']) await atSource(service, 'INSERT INTO word VALUES (2)');
  expect(await mover.killAt('stops writes', 'a-service')).toBe('killed');
  expect(await mover.killAt('compares both ends', 'b-service')).toBe('killed');
  // As a run leaves it that is killed between the last word of the source and the first of the target.
  await from.asAdmin((client) => client.query(LEFT));
  to = await lose(target);
  for (const service of ['a-service', 'b-service']) {
    expect(await mover.move(service)).toMatchObject({ code: 0 });
    expect(await atTarget(service, ROWS)).toEqual([{ ids: [1, 2] }]);
  }
});

const LEFT = `
UPDATE shared_postgresql.login SET service = 'b-service+moved' WHERE service = 'b-service+moving' AND access <> 'mover';
UPDATE shared_postgresql.move SET phase = 'moved' WHERE service = 'b-service'`;

test(
  'a source that has no slot any more is copied anew, and one that forgot the end of a move undoes nothing',
  { timeout: 600_000 },
  async ({ skip }) => {
    skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
    for (const service of ['c-service', 'd-service']) await begin(service);
    expect(await mover.killAt('compares both ends', 'd-service')).toBe('killed');
    await cutOff(source);
    expect(await mover.move('d-service')).toMatchObject({ code: 0 });
    await atTarget('d-service', 'INSERT INTO word VALUES (3)');
    from = await lose(source);
    await atSource('c-service', 'INSERT INTO word VALUES (2)');
    expect(await mover.move('c-service')).toMatchObject({ code: 0 });
    expect(await atTarget('c-service', ROWS)).toEqual([{ ids: [1, 2] }]);
    const { code, output } = await mover.move('d-service');
    expect(output).toContain('the source has this move begun, and the target knows of none');
    expect(code).toBe(1);
    expect(await atTarget('d-service', ROWS)).toEqual([{ ids: [1, 3] }]);
  },
);
