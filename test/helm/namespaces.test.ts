import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deploy } from '../tools/deployment.ts';
import { PROJECT } from '../tools/folders.ts';
import { HELM_MAJORS } from '../tools/helm.ts';
import { violations } from '../tools/kubernetes.ts';
import { dataOf, pick, type Manifest } from '../tools/manifests.ts';

const VALUES = `services:
  user-service: { namespace: team-a, labels: { team: a }, roles: { reporting: {} } }
  mail: {}
`;

const secretsIn = (manifests: readonly Manifest[], namespace: string): Manifest[] =>
  manifests.filter(({ kind, metadata }) => kind === 'Secret' && metadata.namespace === namespace);

const KEPT = ['database', 'password', 'username'];

describe.each(HELM_MAJORS)('with Helm %i a service’s namespace', (major) => {
  test('has the connection Secrets of its logins; what the Job needs of them stays in the deployment’s', async () => {
    const { manifests } = await deploy({ values: VALUES, helm: major });
    const there = secretsIn(manifests, 'team-a');
    expect(there.map(({ metadata }) => metadata.name).sort()).toEqual([
      'user-service-db-secret',
      'user-service-reporting-db-secret',
    ]);
    for (const secret of there) {
      const here = pick(secretsIn(manifests, 'default'), 'Secret', secret.metadata.name);
      const { database = '', password = '', username = '' } = dataOf(secret);
      expect(dataOf(here)).toEqual({ database, password, username });
      expect(dataOf(secret)).toMatchObject({ host: 'shared-postgresql-service.default.svc', dbname: 'userdb' });
      expect(Object.keys(dataOf(secret))).toContain('ca.crt');
      expect([secret, here].map(({ metadata }) => metadata.labels?.['team'])).toEqual(['a', undefined]);
      expect([secret, here].map(({ type }) => type)).toEqual(['kubernetes.io/basic-auth', 'kubernetes.io/basic-auth']);
    }
    expect(Object.keys(dataOf(pick(manifests, 'Secret', 'mail-db-secret'))).length).toBeGreaterThan(KEPT.length);
    expect(manifests.flatMap(violations)).toEqual([]);
  });

  test('has them no more when the service is gone, disabled or moved', async () => {
    for (const entry of ['{ enabled: false, namespace: team-a }', '{ namespace: team-b }', '{}']) {
      const { manifests } = await deploy({ values: `services:\n  user-service: ${entry}\n  mail: {}\n`, helm: major });
      expect(manifests.filter(({ metadata }) => metadata.namespace === 'team-a')).toEqual([]);
    }
  });

  test('may be the deployment’s own, which then has one Secret of each login', async () => {
    const { manifests } = await deploy({ values: `namespaceOverride: team-a\n${VALUES}`, helm: major });
    expect(Object.keys(dataOf(pick(manifests, 'Secret', 'user-service-db-secret')))).toContain('uri');
    expect(manifests.filter(({ metadata }) => metadata.namespace !== 'team-a')).toEqual([]);
  });

  test('gets no Secret of a login whose password the platform team brings', async () => {
    const { manifests } = await deploy({
      values: VALUES.replace('namespace: team-a', 'namespace: team-a, existingSecret: theirs'),
      helm: major,
    });
    expect(secretsIn(manifests, 'team-a').map(({ metadata }) => metadata.name)).toEqual(['user-service-reporting-db-secret']);
  });
});

test('the annotations of the page are on the connection Secret, in the namespace where it is read', async () => {
  const page = readFileSync(join(PROJECT, 'docs/connect.md'), 'utf8');
  const [, values = ''] = /## In your own namespace\n.*?```yaml\n(.*?)```/s.exec(page) ?? [];
  const { manifests } = await deploy({ values });
  const [secret, ...others] = manifests.filter(({ metadata }) =>
    JSON.stringify(metadata.annotations ?? {}).includes('reflector'),
  );
  expect(others).toEqual([]);
  expect(secret?.metadata).toMatchObject({
    name: 'user-service-db-secret',
    namespace: 'users',
    annotations: {
      'reflector.v1.k8s.emberstack.com/reflection-allowed': 'true',
      'reflector.v1.k8s.emberstack.com/reflection-allowed-namespaces': 'reports',
      'reloader.stakater.com/match': 'true',
    },
  });
});
