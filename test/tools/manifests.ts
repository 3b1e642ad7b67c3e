import { parseAllDocuments, type Document } from 'yaml';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly [field: string]: unknown;
}

/** Parses rendered manifests as the Kubernetes API would, but refuses duplicate keys and nulls, which no Helm sees. */
export function parseManifests(text: string): Manifest[] {
  return text.split(/^---(?=\s)/m).flatMap((document) => {
    const manifests = parsed.get(document) ?? parseDocuments(document);
    parsed.set(document, manifests);
    return manifests;
  });
}

/** What was parsed of each document: most of a rendering is the scripts of the pods, which are the same in all of them. */
const parsed = new Map<string, readonly Manifest[]>();

function parseDocuments(text: string): readonly Manifest[] {
  return parseAllDocuments(text, { uniqueKeys: true, version: '1.1' }).flatMap(readManifest).map(freeze);
}

/** The manifest of a document, if it has one. */
export function readManifest(document: Document): Manifest[] {
  if (document.errors.length > 0) throw new Error(document.errors.join('\n'));
  const data: unknown = document.toJS();
  if (data === null || data === undefined) return [];
  refuseNulls(data, '');
  if (!isManifest(data)) throw new Error(`not a manifest: ${JSON.stringify(data)}`);
  return [data];
}

/** Keeps whoever has a manifest from changing that of all others. */
function freeze<T>(data: T): T {
  if (typeof data === 'object' && data !== null) Object.values(Object.freeze(data)).forEach(freeze);
  return data;
}

function isManifest(data: unknown): data is Manifest {
  return typeof data === 'object' && data !== null && 'apiVersion' in data && 'kind' in data && 'metadata' in data;
}

function refuseNulls(data: unknown, path: string): void {
  if (data === null) throw new Error(`${path} is null`);
  if (typeof data !== 'object') return;
  for (const [key, value] of Object.entries(data)) refuseNulls(value, `${path}.${key}`);
}

/** What the admin's Secret is called, whatever the release. */
export const ADMIN_SECRET = /(?<!db)-secret$/;

/** The one manifest of a kind, with a name if there are several. Throws when there is none. */
export function pick(manifests: readonly Manifest[], kind: string, name?: string | RegExp): Manifest {
  const matches = (manifest: Manifest): boolean => manifest.kind === kind && (name === undefined || isCalled(manifest, name));
  const [found, second] = manifests.filter(matches);
  if (!found || second) throw new Error(`${found ? 'more than one' : 'no'} ${kind} ${String(name ?? '')}`);
  return found;
}

function isCalled({ metadata }: Manifest, name: string | RegExp): boolean {
  return typeof name === 'string' ? metadata.name === name : name.test(metadata.name);
}

/** Every pod that the manifests make, whatever kind makes it: what has metadata and a spec with containers. */
export function podsOf(data: unknown): unknown[] {
  if (typeof data !== 'object' || data === null) return [];
  const spec: unknown = Reflect.get(data, 'spec');
  const isPod = typeof spec === 'object' && spec !== null && 'containers' in spec;
  return isPod ? [data] : Object.values(data).flatMap(podsOf);
}

/** The value at a path of keys and indexes; throws when the path leads nowhere. */
export function at(data: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((node, step) => {
    const value: unknown = typeof node === 'object' && node !== null ? Reflect.get(node, step) : undefined;
    if (value === undefined) throw new Error(`there is no ${path.join('.')} in ${JSON.stringify(data).slice(0, 300)}`);
    return value;
  }, data);
}

/** A list at a path. */
export function listAt(data: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = at(data, ...path);
  if (!Array.isArray(value)) throw new Error(`${path.join('.')} is no list`);
  return value;
}

/** A map of texts at a path. */
export function textsAt(data: unknown, ...path: readonly (string | number)[]): Record<string, string> {
  return Object.fromEntries(Object.entries(at(data, ...path) ?? {}).map(([key, value]) => [key, String(value)]));
}

/** Whether data is an object that has the key. */
export function hasKey(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && key in value;
}

/** The data of a Secret or ConfigMap, decoded. */
export function dataOf(manifest: Manifest): Record<string, string> {
  const data = textsAt(manifest, 'data');
  if (manifest.kind !== 'Secret') return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

/** A manifest without what its annotations tell of certificates that were made while it was rendered, each time others. */
export function withoutCertificateFacts(manifest: Manifest): Manifest {
  const { annotations } = manifest.metadata;
  if (annotations === undefined) return manifest;
  const kept = Object.entries(annotations).filter(([key]) => !/^shared-postgresql\/.*-(ends|authority|hash)$/.test(key));
  return { ...manifest, metadata: { ...manifest.metadata, annotations: Object.fromEntries(kept) } };
}

/** The manifests with the Secrets of an earlier rendering that are of the same login, which is what `lookup` does in a cluster and cannot do here. */
export function keepSecrets(manifests: readonly Manifest[], earlier: readonly Manifest[]): Manifest[] {
  return manifests.map((manifest) => {
    const { name, namespace } = manifest.metadata;
    const kept = earlier.find(
      ({ kind, metadata }) => kind === 'Secret' && metadata.name === name && metadata.namespace === namespace,
    );
    const isOfSame = (key: string): boolean => kept !== undefined && dataOf(kept)[key] === dataOf(manifest)[key];
    return manifest.kind === 'Secret' && kept && isOfSame('username') && isOfSame('rotation') ? kept : manifest;
  });
}

/** The manifests with another text in the desired state, as somebody could write it who does not ask the generator. */
export function withDesired(manifests: readonly Manifest[], from: string, to: string): Manifest[] {
  const desired = pick(manifests, 'ConfigMap', /-desired$/);
  const data = Object.fromEntries(Object.entries(dataOf(desired)).map(([key, text]) => [key, text.replaceAll(from, to)]));
  return manifests.map((manifest) => (manifest === desired ? { ...manifest, data } : manifest));
}

/** The manifests with one text of a Secret replaced. */
export function withSecretText(manifests: readonly Manifest[], name: string | RegExp, key: string, text: string): Manifest[] {
  return manifests.map((manifest) =>
    manifest.kind === 'Secret' && isCalled(manifest, name)
      ? { ...manifest, data: { ...textsAt(manifest, 'data'), [key]: Buffer.from(text).toString('base64') } }
      : manifest,
  );
}

/** With another text of a schema file, as whoever may write ConfigMaps can make it. */
export function withSchemaFile(manifests: readonly Manifest[], key: string, text: string): Manifest[] {
  return manifests.map((manifest) =>
    manifest.kind === 'ConfigMap' && hasKey(manifest['data'], key)
      ? { ...manifest, data: { ...textsAt(manifest, 'data'), [key]: text } }
      : manifest,
  );
}

/** The Secrets among manifests as `kubectl get secrets --output json` prints them. */
export function secretList(manifests: readonly Manifest[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests.filter(({ kind }) => kind === 'Secret') });
}
