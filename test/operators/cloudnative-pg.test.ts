import { beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { isRecord } from '../../generator/generate/fields.ts';
import kept from '../../chart/engines/cloudnative-pg/operators-settings.json' with { type: 'json' };
import { deploy } from '../tools/deployment.ts';
import type { Found } from '../tools/go-programs.ts';
import { at, listAt, pick, type Manifest } from '../tools/manifests.ts';
import { factsOf, findOperator, judge } from './cloudnative-pg.ts';

/* What CloudNativePG 1.30 itself says of what the chart has it do: the code of its webhooks, and how it writes a server's files. */
const asMap = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

let found: Found = { missing: '' };
beforeAll(async () => {
  found = await findOperator();
}, 3_600_000);
const programOf = (context: TestContext): string => ('program' in found ? found.program : context.skip(found.missing));

const of = (own: string, rest = ''): string =>
  `engine: { kind: cloudnative-pg, cloudnativePg: { ${own} } }\n${rest}services: { mail: {} }\n`;
const FULL = of(
  "instances: 3, pooler: { instances: 2 }, archive: { destination: 's3://bucket/folder', existingSecret: s3 }",
  'tolerations: [{ operator: Exists }]\npostgresql: { settings: { shared_preload_libraries: auto_explain, wal_level: replica, max_wal_size: 2GB } }\n',
);

const judgedCluster = async (program: string, values: string): Promise<unknown> => {
  const [judged] = await judge(program, [pick((await deploy({ values })).manifests, 'Cluster')]);
  return judged;
};

describe.each([
  ['one server', of('instances: 1'), 1],
  ['three of 15', of('', "postgresql: { version: '15' }\n"), 1],
  ['all that can be switched on', FULL, 3],
])('%s', (_, values, count) => {
  test('is accepted without a warning', async (context) => {
    const judged = await judge(programOf(context), (await deploy({ values })).manifests);
    expect(judged).toHaveLength(count);
    for (const each of judged) expect(each).toMatchObject({ error: '', warnings: null });
  });
});

test('what it does not accept is told', async (context) => {
  const cluster: Manifest = pick((await deploy({ values: FULL })).manifests, 'Cluster');
  const spec = { ...asMap(cluster['spec']), postgresql: { parameters: { hba_file: '/tmp/x' } } };
  const [judged] = await judge(programOf(context), [{ ...cluster, spec }]);
  expect(at(judged, 'error')).toContain("Can't set fixed configuration parameter");
});

test('its pg_hba.conf meets our reject before its line for everybody', async (context) => {
  const hba = String(at(await judgedCluster(programOf(context), FULL), 'hba'));
  const lines = hba.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  expect(lines).toEqual([
    'local all cnpg_metrics_exporter peer map=cnpg_metrics_exporter',
    'local all all peer map=local',
    'hostssl postgres streaming_replica all cert map=cnpg_streaming_replica',
    'hostssl replication streaming_replica all cert map=cnpg_streaming_replica',
    'hostssl all cnpg_pooler_pgbouncer all cert map=cnpg_pooler_pgbouncer',
    'host all postgres all scram-sha-256',
    'host sameuser +shared_postgresql_restoring all scram-sha-256',
    'host samerole all all scram-sha-256',
    'host all all all reject',
    'host all all all scram-sha-256',
  ]);
});

test('its exporter asks the database of the admin alone, and no query of the operator is left to it', async (context) => {
  expect(await judgedCluster(programOf(context), FULL)).toMatchObject({ database: 'postgres', queries: 0 });
});

test('its certificate has the names by which the Secrets and a forwarded port reach it', async (context) => {
  const names = listAt(await judgedCluster(programOf(context), FULL), 'names');
  expect(names).toEqual(expect.arrayContaining(['rw', 'ro', 'r'].map((end) => `shared-postgresql-db-${end}.default.svc`)));
  expect(names).toContain('localhost');
});

test('our settings win over its defaults', async (context) => {
  expect(at(await judgedCluster(programOf(context), FULL), 'parameters')).toMatchObject({
    max_connections: '200',
    wal_level: 'replica',
    ssl_min_protocol_version: 'TLSv1.2',
  });
});

test('what generate refuses is what the operator keeps for itself', async (context) => {
  const facts = await factsOf(programOf(context));
  const fixed = listAt(facts, 'fixed').map(String);
  // The libraries are handed on as a list; the last it sets without a word.
  expect([...fixed.filter((name) => name !== 'shared_preload_libraries'), 'allow_alter_system'].sort()).toEqual(kept.fixed);
  expect(listAt(facts, 'extensions')).toEqual(kept.namespaces);
});
