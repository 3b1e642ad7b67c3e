import { describe, expect, test } from 'vitest';
import { isRecord } from '../../generator/generate/fields.ts';
import { parseValues } from '../../generator/generate/parse.ts';
import { InputError, type Problem } from '../../generator/generate/problem.ts';
import { divide } from '../../generator/generate/validate/budget.ts';
import { checkContract } from '../../generator/generate/validate/contract.ts';
import { loadRules } from '../../generator/generate/validate/load-rules.ts';
import { settleNames } from '../../generator/generate/validate/names.ts';
import { deploy, type Deployment } from '../tools/deployment.ts';
import { CONTRACT, fits, placesOf, schemaAt, valueWith, type Place } from '../tools/contract-fields.ts';
import { isImage } from '../tools/kubernetes-grammar.ts';
import { breaches } from '../tools/kubernetes-rules.ts';
import { violations } from '../tools/kubernetes.ts';
import { HELM_MAJORS, template, tryTemplate } from '../tools/helm.ts';
import { parseManifests, type Manifest } from '../tools/manifests.ts';
import { project } from '../tools/project.ts';

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

/** Fields that a NetworkPolicy carries as they are written: peers, of either direction. */
const OF_POLICIES = ['networkPolicy.from', 'networkPolicy.dns'];

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
const isFree = (place: Place): boolean => fieldOf(place) in OF_PODS || OF_POLICIES.includes(fieldOf(place));

const rules = await loadRules();
const { values } = checkContract(parseValues('values.yaml', 'services: {}\n'), project.contract);
const settled = { given: {}, values, names: settleNames(values), budget: divide(values) };

/** Whether a rule of the generator refuses a field of this value. */
function isRefused(field: string, value: unknown): boolean {
  const changed = OF_POLICIES.includes(field) ? settled.values : Object.assign({}, settled.values, { [field]: value });
  return [...rules.values()].some((rule) => rule({ ...settled, values: changed }).length > 0);
}

describe("Kubernetes' own objects", { tags: 'quarter' }, () => {
  test.each([...new Set(places.filter(isFree).map(fieldOf))])('%s takes nothing that the API refuses', (field) => {
    const schema = schemaAt(field.split('.'));
    const own = places.filter((place) => fieldOf(place) === field);
    const found = own.flatMap((place) => {
      const steps = place.steps.slice(field.split('.').length);
      const accepted = some(candidatesOf(place), 24)
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

const ROUNDS = 8;

/** Fields of whose texts other tests know what PostgreSQL makes of them, and what nothing reads. */
const IS_ELSEWHERE = /^(global|postgresql|services\.any\.(?!labels|annotations|secretName|existingSecret|roles))/;

describe('what is rendered', { tags: 'quarter' }, () => {
  const rendered = places.filter((place) => !isFree(place) && !IS_ELSEWHERE.test(place.steps.join('.')));

  test.each(Array.from({ length: ROUNDS }, (_, round) => round))('is what the API takes, round %i', async (round) => {
    const offered = rendered.map((place) => {
      const candidates = some(candidatesOf(place).filter(isPlain), ROUNDS);
      return candidates.length === 0 ? {} : valueWith(CONTRACT, place.steps, candidates[round % candidates.length], place.isKey);
    });
    const { manifests } = await deployWhatIsAccepted(offered.reduce<unknown>(merged, { services: {} }));
    expect(manifests.length).toBeGreaterThan(5);
    expect(manifests.flatMap((manifest) => [...violations(manifest), ...breaches(manifest)])).toEqual([]);
  });
});

test('nothing is rendered that the API keeps otherwise, so that a comparison with what is there finds nothing', async () => {
  // Amounts by the canonical form of apimachinery's resource.Quantity; an empty list is left out of what is kept.
  const isKept = (value: unknown): boolean =>
    Array.isArray(value) ? value.length > 0 : !/^\d*000m$|^\d+0{3}[kMGTPE]?$|^(1024|2048|4096)[KMGTP]i$/.test(String(value));
  const differing = (value: unknown, path: string): string[] => {
    if (isRecord(value)) return Object.entries(value).flatMap(([key, part]) => differing(part, `${path}.${key}`));
    const isAmount = /\.(requests|limits|capacity)\.[^.]+$|\.sizeLimit$/.test(path);
    const own = (Array.isArray(value) || isAmount) && !isKept(value) ? [path] : [];
    return Array.isArray(value) ? [...own, ...value.flatMap((part, index) => differing(part, `${path}.${index}`))] : own;
  };
  const all = await Promise.all(
    ['services: {}\n', "backup: { schedule: '@daily', pointInTime: { enabled: true } }\nservices: {}\n"].map(
      async (values) => (await deploy({ values })).manifests,
    ),
  );
  // Of a policy an empty list has a meaning, and stays.
  const others = all.flat().filter(({ kind }) => kind !== 'NetworkPolicy');
  expect(others.flatMap((manifest) => differing(manifest, manifest.kind))).toEqual([]);
});

/** Whether YAML carries a text. */
const isPlain = (candidate: unknown): boolean => typeof candidate !== 'string' || !candidate.includes('\u0000');

function merged(one: unknown, other: unknown): unknown {
  if (!isRecord(one) || !isRecord(other)) return other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...keys].map((key) => [key, key in other ? merged(one[key], other[key]) : one[key]]));
}

/** Leaves out what the generator refuses, and fails when Helm refuses what it takes. */
async function deployWhatIsAccepted(given: unknown, tries = 8): Promise<Deployment> {
  try {
    return await deploy({ values: JSON.stringify(given) });
  } catch (error) {
    if (!(error instanceof InputError) || tries === 0) throw error;
    return deployWhatIsAccepted(error.problems.reduce(withoutField, given), tries - 1);
  }
}

/** The values without the field that a problem is about: two steps deep. */
function withoutField(from: unknown, { path = '' }: Problem): unknown {
  const [first = '', second = ''] = path.split(/[.[]/);
  const below = isRecord(from) ? from[first] : undefined;
  const isDeep = isRecord(below) && second in below;
  const entries = Object.entries(isRecord(from) ? from : {}).filter(([key]) => isDeep || key !== first);
  const kept = isDeep ? Object.fromEntries(Object.entries(below).filter(([key]) => key !== second)) : {};
  return Object.fromEntries(entries.map(([key, value]) => [key, key === first ? kept : value]));
}

describe('what Kubernetes takes is not refused', () => {
  test.each<[string, unknown[]]>([
    [
      'resources.limits.any',
      ['1e9', '1E9', '128974848', '1.5Gi', '+2Gi', '2G', '1Pi', '1E', '1e+10', '.5', '5.', '500m', '1u', '1n', 2, 0.5, '0'],
    ],
    ['resources.requests', [{ 'hugepages-2Mi': '4Mi' }, { 'example.org/gpu': 1 }, { 'ephemeral-storage': '1Gi' }]],
    ['persistence.size', ['5Gi', '5368709120', '1e10', '0.5Ti']],
    ['persistence.accessModes', [['ReadWriteOncePod'], ['ReadWriteOnce', 'ReadWriteMany']]],
    ['persistence.storageClass', ['', '-', 'a.b', 'gp3', `${'a'.repeat(200)}.b`]],
    ['commonLabels', [{ 'a.b-c/D_e.f': 'A.b_c-d' }, { a: '' }, { [`${'a'.repeat(63)}.b/${'c'.repeat(63)}`]: 'x'.repeat(63) }]],
    ['commonAnnotations', [{ 'Example.org/A': 'any text: {{ . }}\n🐘' }]],
    ['image.registry', ['docker.io', 'localhost:5000', '[::1]:5000', 'ghcr.io/org', '10.0.0.1:443', 'Registry.example.org']],
    ['image.repository', ['library/postgres', 'a__b/c.d/e--f']],
    [
      'extraInitContainers',
      [
        ...['', 'host:5000/', '[::1]/', '[::1]:5000/'].map((host) => `${host}${'a'.repeat(255)}:tag`),
        ...['a_b/c.d_e', 'a.b_c:1.2', 'a.b--c/d_e'],
      ].map((image) => [{ name: 'a', image }]),
    ],
    ['image.tag', ['', '18', '18.1-bookworm', '_A.b-c', 'x'.repeat(128)]],
    [
      'provisioning.schedule',
      ['', '*/15 * * * *', '0 0 1-15/2 jan-MAR,Dec Mon-fri', '00 03 ? * 0', '1,2,3 4  * * *', '@midnight', '@every 1h30m'],
    ],
    ['service.name', ['', 'db', 'a'.repeat(63)]],
    ['priorityClassName', ['', 'system-cluster-critical']],
    [
      'tolerations',
      [[{ operator: 'Exists' }, { key: 'a', effect: 'NoExecute', tolerationSeconds: -1 }, { key: 'a.b/c', value: 'd' }]],
    ],
    [
      'extraVolumes',
      [[{ name: 'a' }, { name: 'b', nfs: { server: 's', path: '/' } }, { name: 'c', emptyDir: { sizeLimit: '1e9' } }]],
    ],
    ['networkPolicy.from', [[{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }, { ipBlock: { cidr: '::/0' } }]]],
    [
      'podSecurityContext',
      [{ runAsUser: 0, supplementalGroups: [1], seccompProfile: { type: 'Localhost', localhostProfile: 'a' } }],
    ],
  ])('%s', (field, values) => {
    const schema = schemaAt(field.split('.'));
    expect(values.filter((value) => !fits(schema, value))).toEqual([]);
  });
});

test.each(['', 'host/', 'host:5000/', '[::1]/', '[::1]:5000/'])('an image of %s and 256 characters is refused', (host) => {
  const image = `${host}${'a'.repeat(256)}`;
  expect(isImage(image)).toBe(false);
  expect(fits(schemaAt(['extraInitContainers']), [{ name: 'a', image }])).toBe(false);
});

test('a registry in brackets has a colon in them: without one, runtimes take it for no host', () => {
  for (const registry of ['[f0]', '[f0]:5000/a']) {
    expect(fits(schemaAt(['image', 'registry']), registry)).toBe(false);
  }
});

test.each(['a.b_c/d', 'a_b.c/d', 'a__b.c/d/e:1', '[f0]/a'])('the image %s is refused: no host is called so', (image) => {
  expect(isImage(image)).toBe(false);
  expect(fits(schemaAt(['extraInitContainers']), [{ name: 'a', image }])).toBe(false);
});

test('a probe or a hook has one handler, and a liveness or startup probe one good check', () => {
  const schema = schemaAt(['extraInitContainers']);
  const fitsWith = (fields: object): boolean => fits(schema, [{ name: 'a', image: 'b', restartPolicy: 'Always', ...fields }]);
  const exec = { command: ['true'] };
  const good = [
    { livenessProbe: { exec, successThreshold: 1 }, readinessProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } },
    { startupProbe: { exec }, lifecycle: { preStop: { exec } } },
  ];
  const bad = [
    ...[{ livenessProbe: { exec, successThreshold: 2 } }, { startupProbe: { exec, successThreshold: 2 } }],
    ...[{ livenessProbe: {} }, { readinessProbe: { exec, tcpSocket: { port: 1 } } }],
    ...[{ lifecycle: { preStop: {} } }, { lifecycle: { postStart: { exec, sleep: { seconds: 1 } } } }],
  ];
  expect(good.map(fitsWith)).toEqual(good.map(() => true));
  expect(bad.map(fitsWith)).toEqual(bad.map(() => false));
});

describe.each(HELM_MAJORS)('Helm %i', (major) => {
  test.each([
    [
      'extraVolumeMounts[0].name=a,extraVolumeMounts[0].mountPath=/a',
      'a is mounted, but the pod has no such volume: add it to extraVolumes.',
    ],
    ['resources.limits.memory=256Mi', 'resources.requests.memory is 512Mi, which is more than the limit of 256Mi: set both.'],
    [
      'provisioning.resources.requests.hugepages-2Mi=0',
      'provisioning.resources.requests.hugepages-2Mi has no limit: set the same, it cannot be overcommitted.',
    ],
    [
      'provisioning.resources.limits.example\\.org/gpu=1500m',
      'provisioning.resources.limits.example.org/gpu is 1500m, which is not a whole number: Kubernetes counts it whole.',
    ],
    [
      'resources.requests.example\\.org/gpu=1,resources.limits.example\\.org/gpu=2',
      'resources.requests.example.org/gpu is 1, which is not the limit of 2: set both.',
    ],
    [
      'provisioning.resources.requests.cpu=1001m',
      'provisioning.resources.requests.cpu is 1001m, which is more than the limit of 1: set both.',
    ],
    [
      'containerSecurityContext.runAsUser=0',
      'containerSecurityContext.runAsUser is 0, which is root, and runAsNonRoot forbids it: set that to false, or another user.',
    ],
    [
      [0, 1]
        .flatMap((at) =>
          ['topologyKey=a', 'whenUnsatisfiable=DoNotSchedule', `maxSkew=${at + 1}`].map(
            (field) => `topologySpreadConstraints[${at}].${field}`,
          ),
        )
        .join(','),
      'topologySpreadConstraints[1] has the topologyKey and the whenUnsatisfiable of topologySpreadConstraints[0]: make one constraint of the two.',
    ],
    [
      'provisioning.schedule=0 0 * * fri-mon',
      'provisioning.schedule has fri-mon, which is no part of a cron expression: a range goes from the lower to the higher, as 1-5 or mon-fri; sunday is 0.',
    ],
  ])('--set %s is refused as the generator does', async (setting, sentence) => {
    const { code, stderr } = await tryTemplate(major, { args: ['--set', setting] });
    expect(stderr).toContain(sentence);
    expect(code).not.toBe(0);
  });

  test('the name of a release that no Service can have is refused', async () => {
    expect((await tryTemplate(major, { release: '1st' })).stderr).toContain(
      'with the name of the release a Service would be called 1st-shared-postgresql-headless, which Kubernetes refuses: set fullnameOverride to a lower-case letter, then letters, digits and hyphens.',
    );
    await template(major, { release: '1st', args: ['--set', 'workload.kind=Deployment,service.name=db'] });
    const manifests = parseManifests(await template(major, { release: `shared-postgresql-${'a'.repeat(22)}--b` }));
    expect(manifests.flatMap(breaches)).toEqual([]);
  });

  test.each([
    'commonLabels.a=b c',
    'commonLabels.a\\.\\.b/c=d',
    'resources.limits.memory=1GB',
    'persistence.size=0',
    'persistence.accessModes={}',
    'persistence.accessModes={ReadWriteOncePod,ReadWriteOnce}',
    'image.tag=a #b',
    'service.name=1a',
    'provisioning.schedule=60 * * * *',
    'provisioning.backoffLimit=2147483648',
    'probes.liveness.successThreshold=2',
    'tolerations[0].bogus=1',
    'affinity.bogus=1',
    'extraEnv[0].value=a',
  ])('--set %s does not fit the contract', async (setting) => {
    const { code, stderr } = await tryTemplate(major, { args: ['--set', setting] });
    expect(stderr).toContain("values don't meet the specifications of the schema");
    expect(code).not.toBe(0);
  });
});

test.each(HELM_MAJORS)(
  'objects of cert-manager and External Secrets are what their own definitions take, as Helm %i writes them',
  async (major) => {
    const manifests = parseManifests(
      await template(major, { args: ['--set', 'auth.passwords=externalSecret,tls.mode=certManager'] }),
    );
    const theirs = manifests.filter(({ apiVersion }) => /cert-manager|external-secrets/.test(apiVersion));
    expect([...new Set(theirs.map(({ kind }) => kind))].sort()).toEqual(['Certificate', 'ExternalSecret', 'Issuer', 'Password']);
    expect(theirs.flatMap(violations)).toEqual([]);
  },
);
