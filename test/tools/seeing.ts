import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { temporaryFolder } from './folders.ts';
import { helm, type HelmMajor } from './helm.ts';

/** A Secret of a cluster. */
export interface PresentSecret {
  readonly data: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Seen {
  readonly stdout: string;
  /** The objects that were asked for, in their order: namespaces/default/secrets/x. */
  readonly asked: readonly string[];
}

export interface SeeingOptions {
  readonly helm?: HelmMajor;
  readonly args?: readonly string[];
  /** What tells that there is a cluster, by where it is found. */
  readonly sign?: string;
}

/** What Helm renders for release r when it can look into a cluster, in which there are these Secrets. */
export async function renderAmong(
  chart: string,
  secrets: Readonly<Record<string, PresentSecret>>,
  { helm: major = 3, args = [], sign = 'namespaces/default/serviceaccounts/default' }: SeeingOptions = {},
): Promise<Seen> {
  const asked: string[] = [];
  const answers = answersOf(secrets, sign);
  const server = createServer(({ url = '' }, response) => {
    const path = url.replace(/\?.*/, '');
    if (path.startsWith(`${CORE}/`)) asked.push(path.slice(`${CORE}/`.length));
    const answer = answers[path];
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? NOT_FOUND));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const options = [
    '--dry-run=server',
    ...(major === 4 ? ['--disable-openapi-validation'] : []),
    '--kubeconfig',
    configFor(port),
    '--namespace',
    'default',
    ...args,
  ];
  const { stdout, stderr, code } = await helm(major, ['template', 'r', chart, ...options]);
  server.close();
  if (code !== 0) throw new Error(stderr);
  return { stdout, asked };
}

const CORE = '/api/v1';
const NOT_FOUND = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };

/** Kinds that the chart asks for or makes, by group and version: Helm 4 wants to know them all. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  v1: ['Secret', 'ServiceAccount', 'Namespace', 'ConfigMap', 'PersistentVolumeClaim', 'Service', 'Pod'],
  'apps/v1': ['StatefulSet', 'Deployment'],
  'batch/v1': ['Job', 'CronJob'],
  'networking.k8s.io/v1': ['NetworkPolicy'],
};

/** What the API says of its kinds. */
function discovery(): [path: string, answer: object][] {
  const groups = Object.keys(KINDS).filter((each) => each !== 'v1');
  const versionsOf = (each: string): object => ({ groupVersion: each, version: 'v1' });
  return [
    ['/version', { major: '1', minor: '32', gitVersion: 'v1.32.0' }],
    ['/api', { kind: 'APIVersions', versions: ['v1'] }],
    [
      '/apis',
      {
        kind: 'APIGroupList',
        apiVersion: 'v1',
        groups: groups.map((each) => ({
          name: each.replace('/v1', ''),
          versions: [versionsOf(each)],
          preferredVersion: versionsOf(each),
        })),
      },
    ],
    ...Object.entries(KINDS).map(([groupVersion, kinds]): [string, object] => [
      groupVersion === 'v1' ? CORE : `/apis/${groupVersion}`,
      { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: kinds.map(resourceOf) },
    ]),
  ];
}

function resourceOf(kind: string): object {
  const name = `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
  return { name, singularName: '', namespaced: kind !== 'Namespace', kind, verbs: ['get', 'list', 'create', 'patch'] };
}

function answersOf(secrets: Readonly<Record<string, PresentSecret>>, sign: string): Record<string, object> {
  const items = Object.entries(secrets).map(objectOf);
  return {
    ...Object.fromEntries(discovery()),
    [`${CORE}/${sign}`]: {
      apiVersion: 'v1',
      kind: sign.includes('/serviceaccounts/') ? 'ServiceAccount' : 'Namespace',
      metadata: {},
    },
    [`${CORE}/namespaces/default/secrets`]: { apiVersion: 'v1', kind: 'SecretList', metadata: {}, items },
    // Helm itself asks for each of those that it would make.
    ...Object.fromEntries(items.map((item) => [`${CORE}/namespaces/default/secrets/${item.metadata.name}`, item])),
  };
}

function objectOf([name, { data, labels, annotations }]: [string, PresentSecret]) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: 'default',
      labels: { 'app.kubernetes.io/managed-by': 'Helm', ...labels },
      annotations: { 'meta.helm.sh/release-name': 'r', 'meta.helm.sh/release-namespace': 'default', ...annotations },
    },
    data: inBase64(data),
  };
}

function inBase64(data: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

function configFor(port: number): string {
  const config = join(temporaryFolder(), 'config');
  writeFileSync(
    config,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${String(port)}` } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
      'current-context': 'c',
    }),
  );
  return config;
}
