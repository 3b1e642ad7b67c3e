import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { startApiServer } from '../tools/api-server.ts';
import { writeFiles } from '../tools/deployment.ts';
import { documentedFields, fieldsOf } from '../tools/documented.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { startLab, type Lab } from '../tools/lab.ts';
import { ADMIN_SECRET, dataOf, pick, type Manifest } from '../tools/manifests.ts';
import { runProgram } from '../tools/program.ts';
import { run, type Result } from '../tools/run.ts';

/*
 * A server of 15 is looked at before values.yaml asks for 18.
 */
const SERVICES = 'services:\n  a-service: {} # ours\n  b-service: {}\n  c-service: {}\n';
const VALUES = `# before\npostgresql:\n  version: '15' # for now\n  settings: { wal_level: logical, max_prepared_transactions: 2 }\nbackup: { schedule: '17 2 * * *', rehearsal: { upgradeTo: { version: '18' } } }\n${SERVICES}`;

let lab: Lab;

beforeAll(async () => {
  lab = await startLab(15, { values: VALUES });
  expect((await lab.job()).code).toBe(0);
});
afterAll(() => lab.server.end());

interface Run extends Result {
  /** values.yaml afterwards. */
  readonly values: string;
}

/** The command in a folder of its own. */
async function upgrade(values: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const folder = temporaryFolder();
  writeFiles(folder, { 'values.yaml': values });
  const result = await runProgram(['upgrade', ...words], { cwd: folder, env: { ...process.env, ...env } });
  return { ...result, values: readFileSync(join(folder, 'values.yaml'), 'utf8') };
}

/** The same for whoever names the server by its URL. */
function byUrl(values: string, ...words: readonly string[]): Promise<Run> {
  const { password } = dataOf(pick(lab.manifests(), 'Secret', ADMIN_SECRET));
  return upgrade(values, ['--url', `postgresql://postgres@127.0.0.1:${lab.server.port}`, ...words], { PGPASSWORD: password });
}

/** The same through kubectl, in a cluster that last had a good night then. */
async function inCluster(
  context: TestContext,
  lastSuccessfulTime: string | undefined,
  ...words: readonly string[]
): Promise<Run> {
  const { code } = await run('kubectl', ['version', '--client']).catch(() => ({ code: 1 }));
  context.skip(code !== 0, 'there is no kubectl on this machine');
  const night = (each: Manifest): Manifest =>
    each.kind === 'CronJob' && /-(backup|trial-18)$/.test(each.metadata.name)
      ? {
          ...each,
          status: {
            lastScheduleTime: '2026-01-02T02:17:00Z',
            ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
          },
        }
      : each;
  const server = await startApiServer(lab.manifests().map(night), lab.server.port);
  context.onTestFinished(() => server.close());
  return upgrade(VALUES, words, { KUBECONFIG: server.config });
}

const IN_THE_WAY = `NOT: the images
  image.tag is 15.4-bookworm; write a tag of PostgreSQL 18 there, or take it out
  PostgreSQL 15 is taken out by the tag 15-bookworm of image.repository; postgresql.upgradeFrom.tag names another
NOT: backups
  only kubectl tells whether every service has a backup that was rehearsed; leave --url and DATABASE_URL out, or say --without-backup
fine: a trial
  only kubectl tells whether there was one (docs/upgrade.md)
fine: room on the volume
  it was not looked at: only kubectl leads to the volume; where it is too little, the container take-over says so, and nothing is changed
fine: pinned extensions
  b-service: hstore 1.7 must be in the image of PostgreSQL 18; else the container bring-over says so, and nothing is changed
fine: PostgreSQL 15 and 18
  2 databases of services come along, one after the other
NOT: databases that let nobody in
  c-service: database cdb is shut, and would stay behind; open it by ALTER DATABASE with ALLOW_CONNECTIONS true
NOT: prepared transactions
  b-service: it has 1 prepared transactions, which no dump has; commit them, or roll them back (pg_prepared_xacts)
NOT: the place of the ledger
  b-service: something of its own stands in the place of the ledger, the schema shared_postgresql; have it give that another name
NOT: extensions
  a-service: PostgreSQL 18 has no adminpack; drop what it has no use for there
NOT: what the services made
  b-service: PostgreSQL 18 has no partitioned tables that are unlogged (public.p); have them made anew without UNLOGGED, their partitions may be
  a-service: views that read PostgreSQL's own (public.mine) cannot be brought over where those are others in 18
fine: locales
fine: replication
  slots do not come along: reader; who reads them begins anew
  b-service: its publications and subscriptions do not come along: told
fine: databases that no service ever had
  they stay in the data of PostgreSQL 15 alone: nobodys
`;

describe('the command upgrade', () => {
  test('has values.yaml ask for it, and leaves all else there as it is', async () => {
    const looked = await byUrl(VALUES, '--to', '18', '--without-backup', '--dry-run');
    expect(looked.stdout).toContain('fine: prepared transactions\n');
    expect(looked).toMatchObject({ code: 2, values: VALUES });
    const { code, stdout, values } = await byUrl(VALUES, '--to', '18', '--without-backup');
    expect(stdout).toContain('Next:\n  shared-postgresql deploy, or helm upgrade: ');
    expect(code).toBe(0);
    const asks = VALUES.replace("'15'", '"18"').replace(': 2 }\n', ': 2 }\n  upgradeFrom: { version: "15" }\n');
    expect(values).toBe(asks);
    // Once more, before it is deployed.
    const again = await byUrl(values, '--to', '18', '--without-backup', '--json');
    expect(again).toMatchObject({ code: 0, values });
    expect(fieldsOf(again.stdout).sort()).toEqual(documentedFields('upgrade').sort());
  });

  test('says what is in the way under the name of the service, and changes nothing', async () => {
    const admin = (sql: string, database = 'adb'): Promise<unknown> =>
      lab.server.asAdmin((client) => client.query(sql), database);
    await admin('CREATE EXTENSION adminpack; CREATE VIEW mine AS SELECT buffers_clean FROM pg_stat_bgwriter');
    await lab.as(
      'b-service-db-secret',
      'CREATE UNLOGGED TABLE p (i integer) PARTITION BY LIST (i); CREATE TABLE t (); CREATE PUBLICATION told FOR TABLE t',
    );
    await admin(`SELECT pg_create_logical_replication_slot('reader', 'pgoutput')`);
    await admin('ALTER SCHEMA shared_postgresql OWNER TO bdb_user', 'bdb');
    await lab.as('b-service-db-secret', `BEGIN; INSERT INTO t DEFAULT VALUES; PREPARE TRANSACTION 'open'`);
    await admin('CREATE DATABASE nobodys', 'postgres');
    await admin('ALTER DATABASE cdb ALLOW_CONNECTIONS false', 'postgres');
    const asked = `image: { tag: 15.4-bookworm }\n${VALUES.replace('b-service: {}', "b-service: { placedExtensions: { hstore: { version: '1.7' } } }")}`;
    const { code, stdout, values } = await byUrl(asked, '--to', '18');
    expect(stdout).toBe(IN_THE_WAY);
    expect({ code, values }).toEqual({ code: 1, values: asked });
  });

  test('wants a night that ended well, or a word that it goes without', async (context) => {
    const without = await inCluster(context, undefined, '--to', '18', '--dry-run');
    expect(without.stderr).toBe('');
    expect(without.stdout).toContain(
      'NOT: backups\n  backup: no night of CronJob shared-postgresql-backup ended well yet; kubectl create job',
    );
    expect(without.stdout).toContain(
      'fine: a trial\n  none ended well yet; kubectl create job --from=cronjob/shared-postgresql-trial-18 shared-postgresql-trial-18 makes one\n',
    );
    const late = await inCluster(context, '2026-01-01T02:20:00Z', '--to', '18', '--dry-run');
    expect(late.stderr).toBe('');
    expect(late.stdout).toMatch(/^NOT: backups\n {2}backup: the run of 2026-01-02T02:17:00Z did not end well/m);
    expect([without.code, late.code]).toEqual([1, 1]);
    const asked = await inCluster(context, undefined, '--to', '18', '--dry-run', '--without-backup');
    expect(asked.stdout).toContain('fine: backups\n');
    const good = await inCluster(context, new Date().toISOString(), '--to', '18', '--dry-run');
    expect(good.stdout).toContain('fine: backups\n  every service was backed up and rehearsed on ');
    expect(good.stdout).toContain('fine: a trial\n  every newest backup could be restored by PostgreSQL 18 on ');
    const other = await inCluster(context, new Date().toISOString(), '--to', '17', '--dry-run');
    expect(other.stdout).toContain(
      'fine: a trial\n  there was none: with backup.schedule and backup.rehearsal.upgradeTo.version: ',
    );
  });

  test.each([
    ['17', VALUES.replace('15', '16'), /^values\.yaml:.*postgresql\.version: it is 16, and the server has PostgreSQL 15\n/],
    ['18', `${VALUES}engine: { kind: cloudnative-pg }\n`, /engine\.kind: it is no server of a pod of this chart\n/],
  ])('to %s it refuses other values, case %#', async (to, values, said) => {
    const { code, stderr, values: after } = await byUrl(values, '--to', to);
    expect(stderr).toMatch(said);
    expect({ code, after }).toEqual({ code: 4, after: values });
  });
});
