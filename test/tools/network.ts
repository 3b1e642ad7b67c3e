import { BlockList, isIPv6 } from 'node:net';
import { isRecord } from '../../generator/generate/fields.ts';
import { at, type Manifest } from './manifests.ts';

/** One end of a packet: a pod, or an address that is no pod's. */
export type End = Pod | { readonly address: string };

interface Pod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Packet {
  readonly from: End;
  readonly to: End;
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
}

/**
 * Whether NetworkPolicies let a packet through, as networking.k8s.io/v1 says: a pod that no policy of a direction selects is free; else one rule of one
 * of them must fit. No network is here that would show it.
 */
export function letsThrough(policies: readonly Manifest[], packet: Packet): boolean {
  const { from, to } = packet;
  return (
    isLet(policies, 'Egress', { ...packet, pod: from, other: to }) &&
    isLet(policies, 'Ingress', { ...packet, pod: to, other: from })
  );
}

interface Side extends Packet {
  readonly pod: End;
  readonly other: End;
}

function isLet(policies: readonly Manifest[], direction: 'Ingress' | 'Egress', side: Side): boolean {
  const { pod } = side;
  if ('address' in pod) return true;
  const own = policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === pod.namespace &&
      selects(at(spec, 'podSelector'), pod.labels) &&
      listOf(at(spec, 'policyTypes')).includes(direction),
  );
  const [rules, peers] = direction === 'Egress' ? ['egress', 'to'] : ['ingress', 'from'];
  const isFitting = (rule: unknown): boolean =>
    fitsPort(partOf(rule, 'ports'), side) && fitsPeer(partOf(rule, peers), side, pod.namespace);
  return own.length === 0 || own.some(({ spec }) => listOf(partOf(spec, rules)).some(isFitting));
}

const partOf = (data: unknown, key: string): unknown => (isRecord(data) ? data[key] : undefined);

const listOf = (data: unknown): readonly unknown[] => (Array.isArray(data) ? data : []);

function fitsPort(ports: unknown, { port, protocol = 'TCP' }: Packet): boolean {
  return (
    ports === undefined || listOf(ports).some((each) => partOf(each, 'port') === port && partOf(each, 'protocol') === protocol)
  );
}

function fitsPeer(peers: unknown, { other }: Side, home: string): boolean {
  const all = listOf(peers);
  return (
    all.length === 0 ||
    all.some((peer) => ('address' in other ? fitsBlock(partOf(peer, 'ipBlock'), other.address) : isPeer(peer, other, home)))
  );
}

/** A namespace has one label of its own, its name. */
function isPeer(peer: unknown, { namespace, labels }: Pod, home: string): boolean {
  const [pods, namespaces] = [partOf(peer, 'podSelector'), partOf(peer, 'namespaceSelector')];
  if (pods === undefined && namespaces === undefined) return false;
  const isThere =
    namespaces === undefined ? namespace === home : selects(namespaces, { 'kubernetes.io/metadata.name': namespace });
  return isThere && (pods === undefined || selects(pods, labels));
}

function cidrOf(block: unknown): string {
  const cidr = partOf(block, 'cidr');
  return typeof cidr === 'string' ? cidr : '';
}

function fitsBlock(block: unknown, address: string): boolean {
  const [network = '', bits = ''] = cidrOf(block).split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (network === '' || isIPv6(network) !== isIPv6(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}

/** Whether a selector, of a policy or of a Service, takes these labels. */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(partOf(selector, 'matchLabels') ?? {});
  return (
    wanted.every(([key, text]) => labels[key] === text) &&
    listOf(partOf(selector, 'matchExpressions')).every((expression) => holds(expression, labels))
  );
}

function holds(expression: unknown, labels: Readonly<Record<string, string>>): boolean {
  const [key, values] = [String(partOf(expression, 'key')), listOf(partOf(expression, 'values'))];
  const isIn = values.includes(labels[key]);
  switch (partOf(expression, 'operator')) {
    case 'In':
      return isIn;
    case 'NotIn':
      return !isIn;
    default:
      throw new Error(`no policy of the chart has ${JSON.stringify(expression)}`);
  }
}
