import { describe, expect, test } from 'vitest';
import { parseValues } from '../../generator/generate/parse.ts';
import { readContract } from '../../generator/generate/read/project.ts';
import { divide } from '../../generator/generate/validate/budget.ts';
import { checkContract } from '../../generator/generate/validate/contract.ts';
import { loadRules } from '../../generator/generate/validate/load-rules.ts';
import { settleNames } from '../../generator/generate/validate/names.ts';
import { fits, placesOf, schemaAt, valueWith, type Place } from '../tools/contract-fields.ts';
import { breaches } from '../tools/kubernetes-rules.ts';
import { violations } from '../tools/kubernetes.ts';
import type { Manifest } from '../tools/manifests.ts';

/*
 * Whatever the contract takes, Kubernetes takes as well. Every place of the contract is offered texts of many kinds; those that it
 * accepts are rendered, and the manifests held against Kubernetes' models and against its grammar (test/tools/kubernetes-rules.ts).
 */

const LONG = [62, 63, 64, 253, 254, 318].flatMap((length) => [
  'a'.repeat(length),
  `${'a.'.repeat(length / 2)}a`,
  `a/${'b'.repeat(length)}`,
]);
const KINDS = [
  '',
  '-',
  '.',
  '..',
  '/',
  'a',
  'Z',
  '0',
  '7',
  '010',
  '1e9',
  '1E9',
  '1e',
  '+1',
  '-1',
  '0x10',
  '1.5Gi',
  '.5',
  '5.',
  '100m',
  '1GB',
  '1 Gi',
  '0Gi',
  '0.0',
  '128974848',
  '1_000',
  'null',
  '~',
  'true',
  'yes',
  'NaN',
  '.inf',
  'a..b',
  'a.b',
  'a.-b',
  'a-.b',
  '-a',
  'a-',
  'a.',
  '.a',
  'a--b',
  'a__b',
  'a_b',
  'A.B',
  'a b',
  ' a',
  'a ',
  'a\nb',
  'a: b',
  '#a',
  'a #b',
  '{{ .Values }}',
  'é',
  '🐘',
  '\u0000',
  '"',
  "'",
  'a/b',
  'a.b/c',
  'A.b/c',
  'a..b/c',
  '/b',
  'a/',
  'a/b/c',
  'kubernetes.io/x',
  'a:1',
  'a:b',
  'localhost:5000/x',
  'HOST:1',
  'sha256:ab',
  'cpu',
  'hugepages-2Mi',
  'hugepages-',
  'requests.a/b',
  '* * * * *',
  '*/15 0-5 1,15 jan-MAR Mon',
  '60 * * * *',
  '0 0 0 1 0',
  '5-1 * * * *',
  '0 0 * foo *',
  '0 0 * * fri-mon',
  '0 0 * * 7',
  '@daily',
  '@every 1h',
  '@never',
  'TZ=UTC * * * * *',
  'ReadWriteOnce',
  'Localhost',
  '10.0.0.0/33',
  '10.0.0.0/8',
  '300.0.0.0/8',
  'fd00::/8',
  '65536',
  '2147483648',
];
const PIECES = ['a', 'B', '0', '-', '.', '_', '/', ':', ' ', 'Ki', 'e', '*'];
const SHORT = PIECES.flatMap((a) => PIECES.flatMap((b) => [`${a}${b}`, ...PIECES.map((c) => `${a}${b}${c}`)]));
const NUMBERS = [0, 1, 2, -1, 0.5, 1.5, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 1e21, 1e-7];
const CANDIDATES: readonly unknown[] = [...KINDS, ...LONG, ...SHORT, ...NUMBERS, true, false];

/** Evenly taken, the first ones before all. */
const some = <T>(from: readonly T[], most: number): T[] =>
  from.length <= most
    ? [...from]
    : Array.from({ length: most }, (_, index) => from[Math.floor((index * from.length) / most)]).flatMap((item) => item ?? []);

/** Fields that a pod carries as they are written. */
const OF_PODS: Readonly<Record<string, (value: unknown) => Record<string, unknown>>> = {
  podSecurityContext: (securityContext) => ({ securityContext }),
  containerSecurityContext: (securityContext) => ({ containers: [{ name: 'c', image: 'i', securityContext }] }),
  affinity: (affinity) => ({ affinity }),
  tolerations: (tolerations) => ({ tolerations }),
  topologySpreadConstraints: (topologySpreadConstraints) => ({ topologySpreadConstraints }),
  extraEnv: (env) => ({ containers: [{ name: 'c', image: 'i', env }] }),
  extraVolumes: (volumes) => ({ volumes }),
  extraVolumeMounts: (mounts) => ({ containers: [{ name: 'c', image: 'i', volumeMounts: mounts }] }),
  extraInitContainers: (initContainers) => ({ initContainers }),
};

const podOf = (spec: Record<string, unknown>): Manifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'server', image: 'i' }], ...spec },
});

const policyOf = (from: unknown): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'p' },
  spec: { podSelector: {}, ingress: [{ from }] },
});

const places = placesOf();

/** What a place takes by itself. The models know an amount as a text alone; the API takes a number as well. */
function candidatesOf({ schema }: Place): unknown[] {
  const isAmount = Array.isArray(schema['type']) && schema['type'].includes('number');
  return CANDIDATES.filter((candidate) => fits(schema, candidate) && !(isAmount && typeof candidate === 'number'));
}
const fieldOf = ({ steps }: Place): string => (steps[0] === 'networkPolicy' ? steps.slice(0, 2).join('.') : (steps[0] ?? ''));
const isFree = (place: Place): boolean => fieldOf(place) in OF_PODS || fieldOf(place) === 'networkPolicy.from';

const rules = await loadRules();
const { values } = checkContract(parseValues('values.yaml', 'services: {}\n'), readContract());
const settled = { values, names: settleNames(values), budget: divide(values) };

/** Whether a rule of the generator refuses a field of this value. */
function isRefused(field: string, value: unknown): boolean {
  const changed = field === 'networkPolicy.from' ? settled.values : Object.assign({}, settled.values, { [field]: value });
  return [...rules.values()].some((rule) => rule({ ...settled, values: changed }).length > 0);
}

describe("Kubernetes' own objects", () => {
  test.each([...new Set(places.filter(isFree).map(fieldOf))])('%s takes nothing that the API refuses', (field) => {
    const schema = schemaAt(field.split('.'));
    const own = places.filter((place) => fieldOf(place) === field);
    const found = own.flatMap((place) => {
      const steps = place.steps.slice(field.split('.').length);
      const accepted = some(candidatesOf(place), 60)
        .map((candidate) => valueWith(schema, steps, candidate, place.isKey))
        .filter((value) => fits(schema, value) && !isRefused(field, value));
      const make = OF_PODS[field];
      return accepted.flatMap((value) => {
        const manifest = make ? podOf(make(value)) : policyOf(value);
        return [...violations(manifest), ...breaches(manifest)].map((breach) => `${place.steps.join('.')}: ${breach}`);
      });
    });
    expect(own.length).toBeGreaterThan(1);
    expect(some(found, 40)).toEqual([]);
  });
});
