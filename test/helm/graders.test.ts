import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { deploy } from '../tools/deployment.ts';
import { PROJECT } from '../tools/folders.ts';
import { at, listAt, pick, podsOf, type Manifest } from '../tools/manifests.ts';

/*
 * What kube-linter, kube-score, Polaris, Trivy, Checkov, Kubescape and Kyverno's restricted policies ask of every pod.
 * The graders themselves are run by `npm run graders`, as far as they can be had: none of them is an npm or Debian package.
 */
describe.each([
  ['the defaults', 'services: {}\n'],
  ['backups and a point in time', `backup: { schedule: '@daily', pointInTime: { enabled: true } }\nservices: {}\n`],
])('what outsiders ask of %s', (_, values) => {
  let manifests: Manifest[] = [];
  beforeAll(async () => {
    ({ manifests } = await deploy({ values, helm: 4 }));
  });

  const pods = (): unknown[] => podsOf(manifests);
  const containers = (): unknown[] => pods().flatMap((pod) => listAt(pod, 'spec', 'containers'));

  test('pods run as a user above 10000, with seccomp', () => {
    expect(pods().length).toBeGreaterThanOrEqual(3);
    for (const pod of pods()) {
      expect(at(pod, 'spec', 'securityContext')).toEqual({
        runAsNonRoot: true,
        runAsUser: 10001,
        runAsGroup: 10001,
        fsGroup: 10001,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      });
    }
  });

  test('containers can do nothing beyond their files', () => {
    for (const container of containers()) {
      expect(at(container, 'securityContext')).toMatchObject({
        allowPrivilegeEscalation: false,
        privileged: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(at(container, 'imagePullPolicy')).toBe('IfNotPresent');
      expect(at(container, 'image')).toMatch(/^docker\.io\/library\/postgres:18-bookworm$/);
      for (const kind of ['requests', 'limits']) {
        expect(Object.keys(at(container, 'resources', kind) ?? {}).sort()).toEqual(['cpu', 'ephemeral-storage', 'memory']);
      }
      expect(JSON.stringify(container)).not.toMatch(/secretKeyRef|envFrom|subPath|hostPath/);
    }
  });

  test('the server is probed over its port and with pg_isready, every time written out', () => {
    const [container] = listAt(pick(manifests, 'StatefulSet'), 'spec', 'template', 'spec', 'containers');
    const timing = ['failureThreshold', 'initialDelaySeconds', 'periodSeconds', 'successThreshold', 'timeoutSeconds'];
    for (const [probe, how] of [
      ['livenessProbe', 'tcpSocket'],
      ['readinessProbe', 'exec'],
      ['startupProbe', 'tcpSocket'],
    ] as const) {
      expect(Object.keys(at(container, probe) ?? {}).sort()).toEqual([how, ...timing].sort());
    }
    expect(at(container, 'livenessProbe')).toMatchObject({ initialDelaySeconds: 30, periodSeconds: 10 });
    expect(at(container, 'readinessProbe')).toMatchObject({ initialDelaySeconds: 5, periodSeconds: 5 });
    expect(listAt(container, 'ports')).toEqual([{ name: 'postgresql', containerPort: 5432, protocol: 'TCP' }]);
  });

  test('the NetworkPolicy selects every pod by one label, with ingress and egress', () => {
    const policy = at(pick(manifests, 'NetworkPolicy', 'shared-postgresql'), 'spec');
    expect(at(policy, 'podSelector')).toEqual({
      matchLabels: { 'app.kubernetes.io/instance': 'shared-postgresql' },
      matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'In', values: ['shared-postgresql'] }],
    });
    expect(at(policy, 'policyTypes')).toEqual(['Ingress', 'Egress']);
    expect(listAt(policy, 'ingress').length * listAt(policy, 'egress').length).toBeGreaterThan(0);
    for (const pod of pods()) {
      expect(at(pod, 'metadata', 'labels')).toMatchObject({
        'app.kubernetes.io/instance': 'shared-postgresql',
        'app.kubernetes.io/name': 'shared-postgresql',
      });
    }
  });

  test('the Job ends by itself and is cleaned away', () => {
    const job = at(pick(manifests, 'Job'), 'spec');
    for (const field of ['ttlSecondsAfterFinished', 'backoffLimit', 'activeDeadlineSeconds'])
      expect(at(job, field)).toEqual(expect.any(Number));
  });

  test('every object has the recommended labels and a namespace', () => {
    for (const { metadata } of manifests) {
      expect(metadata.namespace).toBe('default');
      for (const label of ['name', 'instance', 'version', 'component', 'part-of', 'managed-by']) {
        expect(metadata.labels, metadata.name).toHaveProperty([`app.kubernetes.io/${label}`]);
      }
    }
  });

  test('the volume and the password that belongs to it survive an uninstall', () => {
    for (const manifest of [
      pick(manifests, 'PersistentVolumeClaim', /-data$/),
      pick(manifests, 'Secret', 'shared-postgresql-secret'),
    ]) {
      expect(manifest.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    }
  });

  test('no ConfigMap has a line that looks like a secret', () => {
    expect(manifests.filter(({ kind }) => kind === 'ConfigMap').length).toBeGreaterThanOrEqual(3);
    for (const { kind, data } of manifests) {
      if (kind === 'ConfigMap')
        expect(JSON.stringify(data)).not.toMatch(
          /(password|username|secret|key) ?[=:] ?['"]?\w|PASSWORD :|ssl_key_file|[\w.]+@[\w.]+\.\w+/i,
        );
    }
  });
});

/** Of what OpenShift's SecurityContextConstraints `restricted-v2` let in: it gives users and groups of the namespace's own range to whoever names none. */
const VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];

test('with the values of docs/operate.md no pod asks OpenShift for more than restricted-v2 gives', async () => {
  const page = readFileSync(join(PROJECT, 'docs/operate.md'), 'utf8');
  const [, values = ''] = /^### On OpenShift\n[^]*?```yaml\n([^]*?)```/m.exec(page) ?? [];
  const more =
    "backup: { schedule: '@daily', pointInTime: { enabled: true } }\nprovisioning: { schedule: '@hourly' }\nservices: {}\n";
  const pods = podsOf((await deploy({ values: `${values}${more}`, helm: 4 })).manifests);
  expect(pods.length).toBeGreaterThanOrEqual(5);
  for (const pod of pods) {
    const text = JSON.stringify(pod);
    expect(text).not.toMatch(/"(runAsUser|runAsGroup|fsGroup|supplementalGroups|seLinuxOptions|hostPort|sysctls)":/);
    expect(text).toContain('"runAsNonRoot":true');
    const kinds = listAt(pod, 'spec', 'volumes').flatMap((volume) => Object.keys(volume ?? {}).filter((key) => key !== 'name'));
    expect(VOLUMES).toEqual(expect.arrayContaining([...new Set(kinds)]));
  }
});
