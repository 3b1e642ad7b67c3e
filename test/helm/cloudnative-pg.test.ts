import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findDeployment } from '../../generator/cluster/deployment.ts';
import { isRecord } from '../../generator/generate/fields.ts';
import { deploy } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { HELM_MAJORS, type HelmMajor } from '../tools/helm.ts';
import { violations } from '../tools/kubernetes.ts';
import { at, dataOf, hasKey, listAt, pick, podsOf, type Manifest } from '../tools/manifests.ts';

/* What the chart has the operator do, against its own definitions; test/operators/ asks its own webhooks. */
const SERVICES = 'services:\n  mail: {}\n  orders: { roles: { reader: { access: readonly } } }\n';
const of = (own = '', rest = ''): string => `engine: { kind: cloudnative-pg, cloudnativePg: { ${own} } }\n${rest}${SERVICES}`;
const EVERYTHING = of(
  "instances: 3, pooler: { instances: 2, mode: transaction }, archive: { destination: 's3://bucket/folder', existingSecret: s3 }",
  [
    "backup: { schedule: '@daily' }",
    "provisioning: { schedule: '@hourly' }",
    'tls: { required: true }',
    "postgresql: { settings: { shared_preload_libraries: 'pg_stat_statements, auto_explain', jit: off, max_wal_size: 2GB } }",
    'priorityClassName: high',
    "persistence: { storageClass: '-' }",
    'nodeSelector: { disk: fast }',
    'tolerations: [{ operator: Exists }]',
    "commonAnnotations: { note: '{{ x }}' }",
    'affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: zone }] } }\n',
  ].join('\n'),
);

const render = async (values: string, helm: HelmMajor = 4): Promise<Manifest[]> => (await deploy({ values, helm })).manifests;
const cluster = async (values: string): Promise<Manifest> => pick(await render(values), 'Cluster');

describe.each(HELM_MAJORS)('Helm %i', (major) => {
  test.each([
    ['the least', of()],
    ['everything', EVERYTHING],
  ])('%s is what the operator and Kubernetes take', async (_, values) => {
    const manifests = await render(values, major);
    expect(manifests.flatMap(violations)).toEqual([]);
    const kinds = manifests.map(({ kind }) => kind);
    expect(kinds).not.toContain('StatefulSet');
    expect(kinds).not.toContain('Service');
    expect(kinds).not.toContain('CustomResourceDefinition');
    expect(kinds.filter((kind) => kind === 'Cluster')).toHaveLength(1);
  });

  test('nothing of it is rendered for the pod', async () => {
    const manifests = await render(SERVICES, major);
    expect(manifests.filter(({ apiVersion }) => apiVersion.includes('cnpg.io'))).toEqual([]);
    expect(JSON.stringify(manifests)).not.toContain('read-host');
  });
});

test('a field that its definition does not know is found', async () => {
  const { spec, ...rest } = await cluster(of());
  const broken = { ...rest, spec: { ...(isRecord(spec) ? spec : {}), postgresql: { pgHba: [] } } };
  expect(violations(broken).join()).toContain('additional properties');
});

test('pg_hba turns away whom no line of ours admits, before the line of the operator that admits all', async () => {
  const lines = listAt(await cluster(of()), 'spec', 'postgresql', 'pg_hba');
  expect(lines).toEqual([
    'host all postgres all scram-sha-256',
    'host sameuser +shared_postgresql_restoring all scram-sha-256',
    'host samerole all all scram-sha-256',
    'host all all all reject',
  ]);
  const required = listAt(await cluster(EVERYTHING), 'spec', 'postgresql', 'pg_hba').map(String);
  expect(required.slice(0, -1).every((line) => line.startsWith('hostssl '))).toBe(true);
  expect(required.at(-1)).toBe('host all all all reject');
});

test('no database and no login is made beside those of the services, and the password is the one of the Secret', async () => {
  const manifests = await render(of());
  const secret = { name: 'shared-postgresql-secret' };
  expect(at(pick(manifests, 'Cluster'), 'spec')).toMatchObject({
    enableSuperuserAccess: true,
    superuserSecret: secret,
    bootstrap: { initdb: { database: 'postgres', owner: 'postgres', secret, encoding: 'UTF8', dataChecksums: true } },
  });
  const admin = pick(manifests, 'Secret', 'shared-postgresql-secret');
  expect(admin.metadata.labels).toMatchObject({ 'cnpg.io/reload': 'true' });
  expect(dataOf(admin)['username']).toBe('postgres');
});

test('none of the queries that the exporter runs in every database is left', async () => {
  const { spec } = await cluster(EVERYTHING);
  expect(at(spec, 'monitoring')).toEqual({ disableDefaultQueries: true });
  // CVE-2026-55765 was in what these make: the operator is told of no login.
  expect(hasKey(spec, 'managed')).toBe(false);
});

test('the settings are those of the pod, but for what the operator fixes', async () => {
  const parameters = at(await cluster(EVERYTHING), 'spec', 'postgresql', 'parameters');
  expect(parameters).toMatchObject({ max_connections: '200', shared_buffers: '262144kB', jit: 'false', max_wal_size: '2GB' });
  expect(parameters).toMatchObject({ log_statement: 'all', password_encryption: 'scram-sha-256', log_parameter_max_length: '0' });
  for (const name of ['port', 'listen_addresses', 'shared_preload_libraries']) expect(parameters).not.toHaveProperty([name]);
  expect(listAt(await cluster(EVERYTHING), 'spec', 'postgresql', 'shared_preload_libraries')).toEqual([
    'pg_stat_statements',
    'auto_explain',
  ]);
});

test('Secrets name the primary, what may be read from, and the pooler', async () => {
  const hosts = async (values: string): Promise<unknown[]> => {
    const texts = dataOf(pick(await render(values), 'Secret', 'mail-db-secret'));
    expect(texts['uri']).toContain(`@${texts['host'] ?? ''}:5432/`);
    return [texts['host'], texts['read-host'], texts['pooler-host']];
  };
  const host = (end: string): string => `shared-postgresql-db-${end}.default.svc`;
  expect(await hosts(of())).toEqual([host('rw'), host('ro'), undefined]);
  expect(await hosts(of('instances: 1'))).toEqual([host('rw'), host('r'), undefined]);
  expect(await hosts(EVERYTHING)).toEqual([host('rw'), host('ro'), host('pooler')]);
});

test('every pod of the chart knows the primary by the authority of the operator, whose key none mounts', async () => {
  const manifests = await render(EVERYTHING);
  const pods = podsOf(manifests);
  expect(pods.length).toBeGreaterThanOrEqual(5);
  for (const pod of pods) {
    const env = JSON.stringify(listAt(pod, 'spec', 'containers').flatMap((each) => listAt(each, 'env')));
    expect(env).toContain('"shared-postgresql-db-rw.default.svc"');
    expect(env).toContain('verify-full');
    const tls = listAt(pod, 'spec', 'volumes').find((volume) => at(volume, 'name') === 'tls');
    expect(listAt(tls, 'projected', 'sources')).toEqual([
      { secret: { name: 'shared-postgresql-db-ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    ]);
  }
});

test('the ServiceAccount of the pods is not the one to which the operator gives rights', async () => {
  const manifests = await render(of());
  expect(pick(manifests, 'ServiceAccount').metadata.name).not.toBe(pick(manifests, 'Cluster').metadata.name);
});

test('commands find the Service of the primary among those that the operator makes, with its authority and the password', async (context) => {
  const labels = { 'cnpg.io/cluster': 'shared-postgresql-db' };
  const services = ['r', 'ro', 'rw'].map((end) => ({
    kind: 'Service',
    metadata: { name: `shared-postgresql-db-${end}`, namespace: 'data', labels },
    spec: { ports: [{ port: 5432 }] },
  }));
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'services'), JSON.stringify({ items: services }));
  writeFileSync(join(folder, 'cluster'), JSON.stringify(await cluster(of())));
  const script = `#!/bin/sh\ncase $2 in clusters.*) cat '${folder}/cluster' ;; *) cat '${folder}/services' ;; esac\n`;
  writeFileSync(join(folder, 'kubectl'), script, { mode: 0o755 });
  const path = process.env['PATH'];
  context.onTestFinished(() => void (process.env['PATH'] = path));
  process.env['PATH'] = `${folder}:${path ?? ''}`;
  const admin = { user: 'postgres', database: 'postgres', isPlain: false };
  const engine = { admin, authoritySecret: 'shared-postgresql-db-ca' };
  expect(await findDeployment({ release: 'shared-postgresql', namespace: 'data' }, engine)).toEqual({
    context: undefined,
    namespace: 'data',
    server: { service: 'shared-postgresql-db-rw', port: 5432 },
    admin,
    adminSecret: 'shared-postgresql-secret',
    tlsSecret: 'shared-postgresql-db-ca',
  });
});
