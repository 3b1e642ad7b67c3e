import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { temporaryFolder } from './folders.ts';
import { isRecord } from '../../generator/generate/fields.ts';
import { at, parseManifests, textsAt, type Manifest } from './manifests.ts';
import { forwardStreams } from './spdy.ts';

/** What stands in for Kubernetes' API: it has the objects of a deployment, lets them be read, and forwards a port. No cluster can be had here. */
export interface ApiServer {
  /** The file for KUBECONFIG; its context has the namespace default. */
  readonly config: string;
  /** What was asked of it: GET /api/v1/… */
  readonly requests: readonly string[];
  /** The objects that were made. Whatever Job was made has a pod that ended well, unless its services are `unwell`. */
  readonly made: readonly Manifest[];
  close(): void;
}

const KINDS: Readonly<Record<string, readonly string[]>> = {
  v1: ['Secret', 'ConfigMap', 'Service', 'Pod', 'PersistentVolumeClaim'],
  'apps/v1': ['StatefulSet', 'Deployment'],
  'batch/v1': ['Job', 'CronJob'],
  'networking.k8s.io/v1': ['NetworkPolicy'],
  'discovery.k8s.io/v1': ['EndpointSlice'],
};

const pluralOf = (kind: string): string => `${kind.toLowerCase()}s`.replace(/ys$/, 'ies');

/** Starts it on a free port; whatever port is forwarded leads to `serverPort`. */
export async function startApiServer(manifests: readonly Manifest[], serverPort: number): Promise<ApiServer> {
  const requests: string[] = [];
  const made: Manifest[] = [];
  const objects = [...manifests, ...manifests.flatMap(podOf), ...manifests.flatMap(sliceOf)];
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    requests.push(`${method} ${url}`);
    if (url.includes('/selfsubjectaccessreviews')) {
      return void response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(ALLOWED));
    }
    if (method === 'POST') {
      return void text(request).then((body) => {
        const job = namedLikeThis(parseManifests(body)[0], made.length);
        made.push(job);
        objects.push(podOfJob(job));
        response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(job));
      });
    }
    const log = /^\/api\/v1\/namespaces\/[^/]+\/pods\/([^/]+)\/log\?container=([^&]+)/.exec(url);
    if (log)
      return void response.end(
        `${log[1] ?? ''} said this in ${log[2] ?? ''}${log[2] === 'restore' ? '\u001b[2J' : ''}\n${log[2] === 'postgresql' ? '\u001b[2Jforged\rline\n' : ''}`,
      );
    const answer = answerTo(new URL(url, 'http://api'), objects);
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        answer ?? {
          kind: 'Status',
          apiVersion: 'v1',
          status: 'Failure',
          reason: 'NotFound',
          message: `${url} not found`,
          code: 404,
        },
      ),
    );
  });
  server.on('upgrade', ({ url = '', headers }, socket) => {
    requests.push(`upgrade ${url}`);
    if (headers.upgrade === 'SPDY/3.1' && !url.includes('/exec?')) forwardStreams(socket, serverPort);
    // Newer kubectl asks for a WebSocket first, and takes no for an answer.
    else socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { config: writeConfig(server), requests, made, close: () => server.close().closeAllConnections() };
}

function writeConfig(server: Server): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const file = join(temporaryFolder(), 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
    'current-context': 'c',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** As the API finishes a name. */
function namedLikeThis(job: Manifest | undefined, number: number): Manifest {
  if (!job) throw new Error('nothing was sent');
  const name = `${textsAt(job, 'metadata')['generateName'] ?? ''}${number}`;
  return { ...job, metadata: { ...job.metadata, name, namespace: 'default' } };
}

/** The pod that a Job's controller makes, at its end. */
function podOfJob(job: Manifest): Manifest {
  const { name, namespace } = job.metadata;
  const spec = recordAt(job, 'spec', 'template', 'spec');
  const phase = JSON.stringify(spec).includes('unwell') ? 'Failed' : 'Succeeded';
  const metadata = { name: `${name}-pod`, namespace, labels: { 'job-name': name } };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec, status: { phase } };
}

/** What the controller of EndpointSlices makes of a Service. */
function sliceOf({ kind, metadata }: Manifest): Manifest[] {
  if (kind !== 'Service') return [];
  const labels = { 'kubernetes.io/service-name': metadata.name };
  const endpoints = [{ addresses: ['127.0.0.1'], conditions: { ready: true } }];
  return [{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { ...metadata, labels }, endpoints }];
}

/** Whoever asks may do everything, but run commands in pods. */
const ALLOWED = { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec: {}, status: { allowed: true } };

function recordAt(manifest: Manifest, ...path: readonly string[]): object {
  const value = at(manifest, ...path);
  return isRecord(value) ? value : {};
}

/** The pod that a StatefulSet's controller makes of its template. */
function podOf(manifest: Manifest): Manifest[] {
  if (manifest.kind !== 'StatefulSet') return [];
  const { name, namespace } = manifest.metadata;
  const pod = `${name}-0`;
  const labels = { ...textsAt(manifest, 'spec', 'template', 'metadata', 'labels'), 'statefulset.kubernetes.io/pod-name': pod };
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: pod, namespace, labels },
      spec: { ...recordAt(manifest, 'spec', 'template', 'spec'), restartPolicy: 'Always' },
      status,
    },
  ];
}

function answerTo({ pathname, searchParams }: URL, objects: readonly Manifest[]): object | undefined {
  const group = Object.entries(KINDS).find(([version]) => pathname === pathOf(version));
  if (group) return resourcesOf(...group);
  const fixed = FIXED[pathname];
  if (fixed) return fixed;
  const [, namespace, plural, name] = /^\/apis?\/[\w./]*?v1\/namespaces\/([^/]+)\/(\w+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
  const here = objects.filter(({ kind, metadata }) => pluralOf(kind) === plural && metadata.namespace === namespace);
  if (name !== undefined) return here.find(({ metadata }) => metadata.name === name);
  if (plural === undefined) return undefined;
  const wanted = (searchParams.get('labelSelector') ?? '').split(',').filter((part) => part !== '');
  const named = /^metadata\.name=(.*)$/.exec(searchParams.get('fieldSelector') ?? '')?.[1];
  const isWanted = ({ metadata }: Manifest): boolean =>
    (named === undefined || metadata.name === named) &&
    wanted.every((part) => metadata.labels?.[part.split('=')[0] ?? ''] === part.split('=')[1]);
  const kind = Object.values(KINDS)
    .flat()
    .find((each) => pluralOf(each) === plural);
  return { kind: `${kind ?? ''}List`, apiVersion: here[0]?.apiVersion ?? 'v1', metadata: {}, items: here.filter(isWanted) };
}

const pathOf = (version: string): string => (version === 'v1' ? '/api/v1' : `/apis/${version}`);

const GROUPS = Object.keys(KINDS).flatMap((groupVersion) => {
  const [name = '', version] = groupVersion.split('/');
  return version === undefined
    ? []
    : [{ name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } }];
});

const FIXED: Readonly<Record<string, object>> = {
  '/version': { major: '1', minor: '32', gitVersion: 'v1.32.0' },
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: GROUPS },
};

function resourcesOf(groupVersion: string, kinds: readonly string[]): object {
  const resources = kinds.map((kind) => ({
    name: pluralOf(kind),
    singularName: kind.toLowerCase(),
    namespaced: true,
    kind,
    verbs: ['get', 'list', 'create'],
  }));
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}
