/** @module-tag sixth */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from '../tools/lab.ts';
import { startEnds, type Ends } from '../tools/moving.ts';
import { fetchPrograms } from '../tools/postgres-binaries.ts';

/*
 * A move that is killed between any two of its statements loses nothing, and the next run, or --undo, ends well: each place with a service of its own. More of them by
 * hand: CUTS=100.
 */
const PLACES = Number(process.env['CUTS'] ?? 8);

/** So many statements one sends at least, with a table of each kind. */
const STATEMENTS = { beside: 280, withDowntime: 200 };

/** Before which of its statements one is killed, and what comes after. */
interface Cut {
  readonly statement: number;
  readonly words: readonly string[];
  readonly isUndone: boolean;
}

const CUTS = Array.from({ length: PLACES }, (_, place): Cut => {
  const withDowntime = place % 4 > 1;
  const statement = 1 + Math.floor((place * STATEMENTS[withDowntime ? 'withDowntime' : 'beside']) / PLACES);
  return { statement, words: withDowntime ? ['--with-downtime'] : [], isUndone: place % 2 === 1 };
});

const nameOf = (cut: Cut): string => `s-${String(CUTS.indexOf(cut)).padStart(3, '0')}`;
const secretOf = (cut: Cut): string => `${nameOf(cut)}-db-secret`;

const VALUES = `
postgresql: { settings: { wal_level: logical } }
resources: { limits: { memory: 4Gi } }
persistence: { size: 20Gi }
services:
${CUTS.map((cut) => `  ${nameOf(cut)}: { connectionLimit: 2 }\n`).join('')}`;

let ends: Ends;
let programs: string | undefined;

beforeAll(async () => {
  programs = await fetchPrograms();
  ends = await startEnds(15, { values: VALUES, files: {} }, programs ?? '');
});
afterAll(() => ends.end());

const LEFT = `
  SELECT (SELECT count(*)::integer FROM pg_replication_slots) AS slots, (SELECT count(*)::integer FROM pg_roles WHERE rolname LIKE '%+moving') AS movers`;

/** Writes at the source, if the service is let in there. Gives how many rows that are. */
const write = (source: Lab, cut: Cut): Promise<number> =>
  source.as(secretOf(cut), 'INSERT INTO word DEFAULT VALUES').then(
    () => 1,
    () => 0,
  );

test.for(CUTS)('before statement $statement, $words, undone: $isUndone', { timeout: 300_000 }, async (cut, { skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  const { source, target } = ends;
  await source.as(secretOf(cut), 'CREATE TABLE word (id serial PRIMARY KEY); CREATE TABLE keyless AS SELECT 1 AS one');
  await target.as(secretOf(cut), 'CREATE TABLE there (id integer)');
  const session = await source.hold(secretOf(cut));
  session.on('error', () => undefined);
  expect(await ends.killBefore(cut.statement, nameOf(cut), ...cut.words)).toBe('killed');
  let rows = await write(source, cut);
  if (cut.isUndone && (await undo(cut))) rows += await write(source, cut);
  const { code, output } = await ends.move(nameOf(cut), ...cut.words);
  expect(code, output).toBe(0);
  await expect(session.query('SELECT')).rejects.toThrow();
  expect(await write(source, cut)).toBe(0);
  const found = 'SELECT (SELECT count(*)::integer FROM word) AS rows, (SELECT one FROM keyless) AS one';
  expect(await target.as(secretOf(cut), found)).toEqual([{ rows, one: 1 }]);
  const [{ former } = { former: '' }] = await target.admin<{ former: string }>(
    `SELECT datname AS former FROM pg_database WHERE datname ~ '^s.?${nameOf(cut).slice(2)}.?db_'`,
  );
  expect(await target.admin('TABLE there', former)).toEqual([]);
  for (const lab of [source, target]) expect(await lab.admin(LEFT)).toEqual([{ slots: 0, movers: 0 }]);
});

/** Whether it was there to be undone; then both ends are as they were. */
async function undo(cut: Cut): Promise<boolean> {
  const { source, target } = ends;
  const { code, output } = await ends.move(nameOf(cut), '--undo');
  if (output.includes('the service has moved')) return false;
  if (!output.includes('no move of this service has begun')) expect(code, output).toBe(0);
  expect(await source.as(secretOf(cut), 'TABLE keyless')).toEqual([{ one: 1 }]);
  expect(await target.as(secretOf(cut), 'TABLE there')).toEqual([]);
  return true;
}
