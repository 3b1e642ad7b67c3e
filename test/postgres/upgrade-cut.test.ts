import { beforeAll, expect, test } from 'vitest';
import { cutOff, listPlaces, type Place } from '../tools/cutting.ts';
import { runJob } from '../tools/job.ts';
import { deployOn, startLab } from '../tools/lab.ts';
import { keepSecrets, type Manifest } from '../tools/manifests.ts';
import { DAY, oneInSoMany } from '../tools/sample.ts';
import { canContain, type Server } from '../tools/server.ts';
import { programs, runStep, startOn, stop, valuesOf, volumeOf, type Former, type Volume } from '../tools/upgrade.ts';

/*
 * An upgrade that is killed before any command of its scripts goes on, and so does the look before the way back: one volume bears all of a run's kills, one after the
 * other, as in a night in which nothing goes well. Which commands there are, runs that are left alone tell. More of them by hand: CUTS=1000.
 */
const CUTS = Number(process.env['CUTS'] ?? 10);

const SERVICES = `
  a-service: { roles: { reporting: { access: readonly } }, extensions: [citext] }
  b-service: { placedExtensions: { hstore: { schema: ext, version: '1.7' } } }
  newer: {}
`;
const ON_15_ALONE = `
CREATE FUNCTION public.f(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
  IF pg_catalog.current_setting('server_version_num')::integer >= 160000 THEN RAISE 'not here'; END IF;
  RETURN i;
END$$;
CREATE TABLE t AS SELECT 1 AS i;
CREATE INDEX ON t (public.f(i));
`;

let former: Former;
let back: readonly Manifest[];

beforeAll(async () => {
  const lab = await startLab(15, { values: valuesOf(SERVICES) });
  expect((await lab.job()).code).toBe(0);
  await lab.as(
    'a-service-db-secret',
    `CREATE TABLE t AS SELECT i FROM generate_series(1, 100) AS i; SELECT lo_from_bytea(4711, 'x')`,
  );
  await lab.as('b-service-db-secret', 'CREATE TABLE t AS SELECT i FROM generate_series(1, 200) AS i');
  await lab.as('newer-db-secret', ON_15_ALONE);
  former = await stop(lab, SERVICES);
  const returning = `postgresql: { returnFrom: { version: "18" } }\n${valuesOf(SERVICES)}`;
  back = keepSecrets((await deployOn(15, { values: returning })).manifests, former.manifests);
});

const countOf = (server: Server, database: string): Promise<unknown> =>
  server.asAdmin(
    async (client) => (await client.query<{ n: number }>('SELECT count(*)::integer AS n FROM t')).rows[0]?.n,
    database,
  );

/** All commands, or some of them, which the day chooses. */
const some = (places: readonly Place[]): Place[] =>
  oneInSoMany(places, Math.max(1, Math.round((3 * places.length) / CUTS)), Number(process.env[DAY]));

/** Whether it came so far at each of them. */
async function cutAll(volume: Volume, places: readonly Place[], between: () => Promise<unknown>): Promise<void> {
  let reached = 0;
  for (const [number, place] of places.entries()) {
    if (await cutOff(volume, place)) reached += 1;
    if (number % 3 === 2) await between();
  }
  expect(reached).toBeGreaterThan(places.length / 2);
}

test('is killed before any of its commands, and each time goes on', { timeout: 3_600_000 }, async (context) => {
  context.skip(programs === undefined, 'the programs of 18 could not be had');
  context.skip(!(await canContain()), 'numbers of processes of their own need root and namespaces');
  const whole = await volumeOf(former);
  const takes = some(await listPlaces(whole, 'take-over'));
  const brings = some(await listPlaces(whole, 'bring-over'));
  const looks = some(await listPlaces({ ...whole, manifests: back }, 'look-back'));

  if (CUTS > 10) console.log([takes, brings, looks].map(({ length }) => length));
  const volume = await volumeOf(former);
  const takeOver = async (): Promise<void> => expect(await runStep(volume, 'take-over')).toMatchObject({ code: 0 });
  await cutAll(volume, takes, () => Promise.resolve());
  await takeOver();
  // A new pod, in place of a container that begins again.
  await cutAll(volume, brings, takeOver);
  await takeOver();
  const brought = await runStep(volume, 'bring-over');
  expect(brought.code, brought.output).toBe(0);
  await cutAll({ ...volume, manifests: back }, looks, () => Promise.resolve());
  expect(await runStep({ ...volume, manifests: back }, 'look-back')).toMatchObject({ code: 0, output: '' });

  for (const server of [await startOn(context, volume), await startOn(context, volume, 'from')])
    expect([await countOf(server, 'adb'), await countOf(server, 'bdb')]).toEqual([100, 200]);
  const next = await startOn(context, volume);
  expect((await runJob(former.manifests, next.port)).output).toMatch(
    /^newer: refused: it stayed .*[^]*^3 services: 2 well, 1 not$/m,
  );
});
