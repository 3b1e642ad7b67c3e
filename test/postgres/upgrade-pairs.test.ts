import { expect, inject, test, type TestContext } from 'vitest';
import { runJob } from '../tools/job.ts';
import { deployOn, startLabBy, type Lab } from '../tools/lab.ts';
import { dataOf, keepSecrets, pick } from '../tools/manifests.ts';
import { fetchBetween, fetchPrograms } from '../tools/postgres-binaries.ts';
import { DAY, oneInSoMany } from '../tools/sample.ts';
import { withClient, type Server } from '../tools/server.ts';
import {
  leaveOn,
  readCatalogs,
  runStep,
  startOn,
  stop,
  valuesOf,
  volumeOf,
  type Former,
  type Image,
  type Pair,
} from '../tools/upgrade.ts';

/*
 * What upgrade.test.ts tries from 15 to 18, between two other majors, which the day chooses (SAMPLE_DAY), with what only some of them have; and back. With UPGRADES=all
 * between all of them, some minutes.
 */
const PAIRS = [
  [15, 16],
  [15, 17],
  [16, 17],
  [16, 18],
  [17, 18],
] as const;

type Major = (typeof PAIRS)[number][0 | 1];

async function imageOf(context: TestContext, major: Major): Promise<Image> {
  const { 15: oldest, 18: newest } = inject('postgres');
  if (major === 15) return { major, bin: oldest, programs: oldest };
  const programs = await fetchPrograms(major);
  if (programs === undefined) context.skip(`the programs of ${major} could not be had`);
  return { major, bin: major === 18 ? newest : await fetchBetween(major), programs };
}

const servicesOf = (from: number): string => `
  a-service: { roles: { reporting: { access: readonly } }, extensions: [citext] }
  b-service: {}
  latin-service: { encoding: LATIN1, locale: { provider: libc, name: C } }
  german-service: { locale: { provider: icu, name: de-DE } }
${from < 17 ? '' : '  built-service: { locale: { provider: builtin, name: C.UTF-8 } }\n'}`;

const CONTENTS = `
CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text citext NOT NULL, kind text DEFAULT 'a' CHECK (kind <> ''), twice bigint GENERATED ALWAYS AS (length(kind) * 2) STORED);
INSERT INTO note (text) SELECT 'n' || i FROM generate_series(1, 100) AS i;
CREATE INDEX note_kind ON note (lower(kind));
CREATE VIEW seen AS SELECT id FROM note;
CREATE TABLE part (day date NOT NULL, i integer) PARTITION BY RANGE (day);
CREATE TABLE part_1 PARTITION OF part DEFAULT;
INSERT INTO part VALUES ('2026-01-01', 1);
SELECT lo_from_bytea(4711, 'x');
`;

async function fill(lab: Lab, from: number): Promise<void> {
  await lab.as('a-service-db-secret', CONTENTS);
  await lab.as('b-service-db-secret', `CREATE TABLE b AS SELECT 1 AS i; GRANT SELECT ON b TO PUBLIC`);
  await lab.as('latin-service-db-secret', `CREATE TABLE word AS SELECT 'Zürich' AS word; CREATE INDEX ON word (word)`);
  await lab.as(
    'german-service-db-secret',
    `CREATE COLLATION book (provider = icu, locale = 'de-u-co-phonebk'); CREATE TABLE word (word text PRIMARY KEY, book text COLLATE book); INSERT INTO word VALUES ('Äpfel', 'Äpfel'), ('Apfel', 'Apfel')`,
  );
  if (from >= 16) {
    await lab.admin('CREATE ROLE auditor; GRANT pg_read_all_stats TO auditor WITH INHERIT FALSE, SET FALSE');
    await lab.as('german-service-db-secret', `CREATE COLLATION ruled (provider = icu, locale = 'de', rules = '&a < g')`);
  }
  if (from < 17) return;
  await lab.as('b-service-db-secret', `GRANT MAINTAIN ON b TO PUBLIC`);
  await lab.as('built-service-db-secret', `CREATE TABLE word AS SELECT 'Ä' AS word; CREATE INDEX ON word (lower(word))`);
}

async function startFormer(context: TestContext, pair: Pair): Promise<Former> {
  const services = servicesOf(pair.from.major);
  const lab = await startLabBy(pair.from, { values: valuesOf(services) });
  context.onTestFinished(() => lab.server.end());
  const { code, output } = await lab.job();
  expect(code, output).toBe(0);
  await fill(lab, pair.from.major);
  return stop(lab, services, {}, pair);
}

async function write(server: Server, { manifests }: Former): Promise<void> {
  const { user, password, database } = dataOf(pick(manifests, 'Secret', 'a-service-db-secret'));
  const login = { host: '127.0.0.1', port: server.port, user, password, database };
  await withClient(login, (client) => client.query(`INSERT INTO note (text) VALUES ('new')`));
}

async function bringOverAndBack(context: TestContext, pair: Pair): Promise<void> {
  const former = await startFormer(context, pair);
  const volume = await volumeOf(former);
  const { from, to } = pair;
  for (const name of ['take-over', 'bring-over'] as const) {
    const { code, output } = await runStep(volume, name);
    expect(output, output).not.toMatch(/ERROR|WARNING|could not/);
    expect(code, output).toBe(0);
  }
  const server = await startOn(context, volume);
  expect(await server.asAdmin(readCatalogs)).toEqual(former.catalogs);
  const job = await runJob(former.manifests, server.port);
  expect(job.output).toMatch(/^(\d) services: \1 well, 0 not$/m);
  const said = job.output
    .split('\n')
    .filter((line) => !/^(reported: .*|\w+-service: well after .*|\d services: .*|)$/.test(line));
  expect(said).toEqual([]);
  await leaveOn(volume, server);
  const services = servicesOf(from.major);
  const values = `postgresql: { returnFrom: { version: "${to.major}" } }\n${valuesOf(services)}`;
  const back = { ...volume, manifests: keepSecrets((await deployOn(from.major, { values })).manifests, former.manifests) };
  expect(await runStep(back, 'look-back')).toMatchObject({ code: 0, output: '' });
  const later = await startOn(context, volume);
  await write(later, former);
  await leaveOn(volume, later);
  const refused = await runStep(back, 'look-back');
  expect(refused.output).toMatch(
    new RegExp(`^a-service: is not as it was when it was brought into PostgreSQL ${to.major}$`, 'm'),
  );
  expect(refused.output.split('\n')).toHaveLength(3);
  expect(refused.code).toBe(1);
  const returned = await startOn(context, back, 'from');
  expect((await runJob(back.manifests, returned.port)).output).toMatch(/^(\d) services: \1 well, 0 not$/m);
}

test('brings every service from one major to another, and back', { timeout: 600_000 }, async (context) => {
  const pairs = process.env['UPGRADES'] === 'all' ? PAIRS : oneInSoMany(PAIRS, PAIRS.length, Number(process.env[DAY]));
  for (const [from, to] of pairs)
    await bringOverAndBack(context, { from: await imageOf(context, from), to: await imageOf(context, to) });
});
