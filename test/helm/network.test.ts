import { describe, expect, test } from 'vitest';
import { deploy } from '../tools/deployment.ts';
import { at, pick, textsAt, type Manifest } from '../tools/manifests.ts';
import { letsThrough, selects, type End } from '../tools/network.ts';

const VALUES = `backup: { schedule: '@daily', pointInTime: { enabled: true } }
services:
  user-service: { namespace: team-a }
  mail: { namespace: team-b }
  orders: {}
  former: { enabled: false, namespace: team-c }
`;

const policiesOf = async (values: string): Promise<Manifest[]> =>
  (await deploy({ values })).manifests.filter(({ kind }) => kind === 'NetworkPolicy');

const podOf = (namespace: string, labels: Record<string, string> = {}): End => ({ namespace, labels });

const OWN = { 'app.kubernetes.io/name': 'shared-postgresql', 'app.kubernetes.io/instance': 'shared-postgresql' };
const ownPod = (component: string): End => podOf('default', { ...OWN, 'app.kubernetes.io/component': component });

const CLIENTS = ['provisioning', 'verification', 'backup', 'restore', 'final', 'archive'];

/** Where resolvers of clusters are, as a pod's packet reaches them. */
const RESOLVERS: Readonly<Record<string, readonly [End, number]>> = {
  'CoreDNS of kubeadm, k3s, EKS, AKS': [podOf('kube-system', { 'k8s-app': 'kube-dns' }), 53],
  'OpenShift’s': [podOf('openshift-dns', { 'dns.operator.openshift.io/daemonset-dns': 'default' }), 5353],
  'NodeLocal DNSCache by its own address': [{ address: '169.254.20.10' }, 53],
  'NodeLocal DNSCache by the address of the Service': [{ address: '34.118.224.10' }, 53],
};

describe('the NetworkPolicies', () => {
  test('let the pods of each enabled service’s namespace in, and those of no other', async () => {
    const policies = await policiesOf(VALUES);
    const lets = (from: End, port = 5432): boolean => letsThrough(policies, { from, to: ownPod('server'), port });
    expect(['team-a', 'team-b', 'default', 'team-c', 'kube-system'].map((namespace) => lets(podOf(namespace)))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(CLIENTS.map((component) => lets(ownPod(component)))).toEqual(CLIENTS.map(() => true));
    expect(lets(podOf('team-a'), 8080)).toBe(false);
  });

  test('with from: [] let in nobody of the deployment’s own namespace but its own pods', async () => {
    const policies = await policiesOf(`networkPolicy: { from: [] }\n${VALUES}`);
    const lets = (from: End): boolean => letsThrough(policies, { from, to: ownPod('server'), port: 5432 });
    expect([podOf('default'), podOf('team-a'), ownPod('provisioning')].map(lets)).toEqual([false, true, true]);
  });

  test.each(Object.entries(RESOLVERS))('let all but the server ask %s', async (_, [to, port]) => {
    const policies = await policiesOf(VALUES);
    for (const protocol of ['UDP', 'TCP'] as const) {
      const asks = (component: string): boolean => letsThrough(policies, { from: ownPod(component), to, port, protocol });
      expect(CLIENTS.map(asks)).toEqual(CLIENTS.map(() => true));
      expect(asks('server')).toBe(false);
    }
  });

  test('let names be asked for where networkPolicy.dns says, and nowhere else', async () => {
    const dns =
      '[{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: kube-system } }, podSelector: { matchLabels: { k8s-app: kube-dns } } }, { ipBlock: { cidr: 169.254.20.10/32 } }]';
    const policies = await policiesOf(`networkPolicy: { dns: ${dns} }\n${VALUES}`);
    const asks = (to: End): boolean => letsThrough(policies, { from: ownPod('provisioning'), to, port: 53, protocol: 'UDP' });
    expect(Object.values(RESOLVERS).map(([to]) => asks(to))).toEqual([true, false, true, false]);
    expect([{ address: '8.8.8.8' }, podOf('kube-system'), podOf('evil', { 'k8s-app': 'kube-dns' })].map(asks)).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('let out to the server alone beside that', async () => {
    const policies = await policiesOf(VALUES);
    for (const component of ['server', ...CLIENTS]) {
      const reaches = (to: End, port: number): boolean => letsThrough(policies, { from: ownPod(component), to, port });
      expect([
        reaches({ address: '203.0.113.1' }, 443),
        reaches(podOf('default'), 5432),
        reaches(podOf('kube-system'), 6443),
      ]).toEqual([false, false, false]);
      expect(reaches(ownPod('server'), 5432)).toBe(true);
    }
  });
});

test('a Service takes the StatefulSet’s pod, and none that merely has the labels of its template', async () => {
  const { manifests } = await deploy({ values: VALUES });
  const template = textsAt(pick(manifests, 'StatefulSet'), 'spec', 'template', 'metadata', 'labels');
  const { name } = pick(manifests, 'StatefulSet').metadata;
  for (const service of manifests.filter(({ kind }) => kind === 'Service')) {
    const takes = (labels: Record<string, string>): boolean => selects({ matchLabels: at(service, 'spec', 'selector') }, labels);
    expect(takes({ ...template, 'statefulset.kubernetes.io/pod-name': `${name}-0` })).toBe(true);
    expect(takes(template)).toBe(false);
  }
  // That of the StatefulSet can never change.
  expect(at(pick(manifests, 'StatefulSet'), 'spec', 'selector', 'matchLabels')).toEqual({
    ...OWN,
    'app.kubernetes.io/component': 'server',
  });
});

test('a Service takes a Deployment’s pod by the labels of its template', async () => {
  const { manifests } = await deploy({ values: 'workload: { kind: Deployment }\nservices: {}\n' });
  const labels = textsAt(pick(manifests, 'Deployment'), 'spec', 'template', 'metadata', 'labels');
  expect(selects({ matchLabels: at(pick(manifests, 'Service'), 'spec', 'selector') }, labels)).toBe(true);
});
