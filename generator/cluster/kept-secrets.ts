import { parse } from 'yaml';
import { isRecord, valueAt } from '../generate/fields.ts';
import type { Generated } from '../generate/generate.ts';
import { compare } from '../generate/problem.ts';
import type { Texts } from '../generate/read/texts.ts';
import type { OutputFile } from '../generate/render/output.ts';
import { chartWith } from '../manifests/chart.ts';
import { readFlat } from '../manifests/flat.ts';
import { documentsIn, type PresentSecrets } from '../manifests/objects.ts';
import { joined, keyOf, pathsBetween, type ObjectChange } from './changes.ts';
import { ClusterError } from './cluster-error.ts';
import type { ReleaseName } from './deployment.ts';
import { listAt, textAt } from './fields.ts';

/*
 * The Secrets of a release whose auth.passwords is deploy: the chart says what is in them, and no release of Helm holds them.
 */

/** Who wrote a field, for the API. */
export const MANAGER = 'shared-postgresql';

/** What Helm heeds of an object that it would remove. */
export const KEEP = 'helm.sh/resource-policy';

/** What tells these Secrets from others of the release. */
export const MARK = 'shared-postgresql/kept-by';

/** Where a Secret of the deployment's namespace says in which other one its service has the same: from there it is removed when the service is gone. */
const ELSEWHERE = 'shared-postgresql/elsewhere';

/** Where a release is. */
type Release = Pick<ReleaseName, 'release'> & { readonly namespace: string };

/** A chart that renders nothing but the Secrets, with what the cluster has of them. */
export function chartOfSecrets(live: readonly unknown[], generated: Generated, own: Texts): OutputFile[] {
  const files = chartWith({ passwords: new Map(), present: presentOf(live) }, generated, own);
  const byPath = new Map(files.map((file) => [file.path, file]));
  return [...byPath.values()].filter(({ path }) =>
    path.startsWith('templates/') ? WITH_SECRETS.test(path) : !OF_PODS.test(path),
  );
}

const WITH_SECRETS =
  /\/_[^/]*\.tpl$|^templates\/services\/|\/admin-secret\.yaml$|\/archive\.yaml$|^templates\/platform\/|^templates\/tls\/secret\.yaml$/;

/** What pods run and read: a file and more for each service, which no Secret is made of. */
const OF_PODS = /^(sql|provisioning|backup|upgrade)\//;

/** What the chart reads of a login's Secret that is there: not the forms, nor what is the same in all. */
const READ = ['username', 'database', 'password', 'former-password', 'rotation'];

function presentOf(live: readonly unknown[]): PresentSecrets {
  return Object.fromEntries(
    live.filter(isOurs).map((secret) => [nameOf(secret), { metadata: factsOf(secret), data: readOf(secret) }]),
  );
}

const factsOf = (secret: unknown): PresentSecrets[string]['metadata'] => ({
  annotations: recordAt(secret, 'metadata', 'annotations'),
});

function readOf(secret: unknown): Record<string, unknown> {
  const data = recordAt(secret, 'data');
  if (!('username' in data)) return data;
  return Object.fromEntries(Object.entries(data).filter(([key]) => READ.includes(key)));
}

/** What Helm is told of the Secrets that are there: that of an admin which an earlier chart named, and nothing of what it holds. */
export function withoutSecrets(live: readonly unknown[]): OutputFile {
  const named = live.filter((secret) => isOurs(secret) && nameOf(secret).endsWith('-admin'));
  const content = JSON.stringify(Object.fromEntries(named.map((secret) => [nameOf(secret), { metadata: {}, data: {} }])));
  return { path: 'present.json', content };
}

/** The Secrets of a rendering, as they are applied: Helm leaves them alone when they are no longer its own, and takes them over again when they are. */
export function secretsIn(rendered: string, { release, namespace }: Release): unknown[] {
  const secrets = documentsIn(rendered)
    .filter((text) => /^kind: Secret$/m.test(text))
    .map((text): unknown => readFlat(text) ?? parse(text, { logLevel: 'silent' }))
    .filter(isRecord);
  const others = new Map(secrets.filter((each) => placeOf(each) !== namespace).map((each) => [nameOf(each), placeOf(each)]));
  return secrets.map((secret) => {
    const other = placeOf(secret) === namespace ? others.get(nameOf(secret)) : undefined;
    const annotations = {
      ...recordAt(secret, 'metadata', 'annotations'),
      ...(other === undefined ? {} : { [ELSEWHERE]: other }),
      [KEEP]: 'keep',
      'meta.helm.sh/release-name': release,
      [RELEASE_NAMESPACE]: namespace,
    };
    const labels = { ...recordAt(secret, 'metadata', 'labels'), [MARK]: 'deploy' };
    return { ...secret, metadata: { ...recordAt(secret, 'metadata'), labels, annotations } };
  });
}

const RELEASE_NAMESPACE = 'meta.helm.sh/release-namespace';

/** In which other namespaces these are wanted, or were when they were written. */
export function otherNamespaces(wanted: readonly unknown[], live: readonly unknown[], where: Release): readonly string[] {
  const told = live.filter((secret) => isOf(secret, where)).map((secret) => textAt(secret, 'metadata', 'annotations', ELSEWHERE));
  return [...new Set([...wanted.map(placeOf), ...told])].filter((each) => each !== '' && each !== where.namespace);
}

/** What becomes of Secrets. */
export interface SecretsToKeep {
  /** Those that differ, as they are to be. */
  readonly applied: readonly unknown[];
  /** Those that nothing needs any more. */
  readonly removed: readonly unknown[];
  /** All that are wanted, by their names. */
  readonly names: ReadonlySet<string>;
  readonly changes: readonly ObjectChange[];
}

/** Where Helm has them, or others bring all. */
export const NO_SECRETS: SecretsToKeep = { applied: [], removed: [], names: new Set(), changes: [] };

/**
 * Compares what was rendered with what is there. What is named in use is never removed, nor what belongs to the volume. Throws ClusterError for a Secret of
 * somebody else, or with an owner, in the place of one.
 */
export function compareSecrets(wanted: readonly unknown[], live: readonly unknown[], { where, inUse }: Owner): SecretsToKeep {
  const there = new Map(live.map((secret) => [keyOf(secret), secret]));
  const compared = wanted
    .map((secret) => ({ secret, before: there.get(keyOf(secret)) }))
    .sort((a, b) => compare(keyOf(a.secret), keyOf(b.secret)));
  for (const { before, secret } of compared) {
    refuseForeign(before, where);
    // What lies in a service's namespace is a copy, and whoever writes there is no reason to stop.
    if (placeOf(secret) !== where.namespace) continue;
    refuseOwned(before);
    refuseOther(before, secret);
  }
  const differing = compared
    .map((each) => ({ ...each, fields: fieldsBetween(each.before, each.secret) }))
    .filter(({ before, fields }) => before === undefined || fields.length > 0);
  const keys = new Set(wanted.map(keyOf));
  const removed = live.filter((secret) => isRemovable(secret, where) && !keys.has(keyOf(secret)) && !inUse.has(secretAt(secret)));
  return {
    names: new Set(wanted.map(nameOf)),
    applied: differing.map(({ secret }) => secret),
    removed,
    changes: [
      ...differing.map(({ secret, before, fields }) => changeOf(secret, before === undefined ? 'added' : 'changed', fields)),
      ...removed.map((secret) => changeOf(secret, 'removed')),
    ],
  };
}

interface Owner {
  readonly where: Release;
  /** The Secrets that something reads, whoever makes them: `<namespace>/<name>`. */
  readonly inUse: ReadonlySet<string>;
}

const isRemovable = (secret: unknown, where: Release): boolean =>
  isOf(secret, where) &&
  labelOf(secret, MARK) === 'deploy' &&
  ['service', 'platform'].includes(labelOf(secret, 'app.kubernetes.io/component'));

/** Releases of one name may be in several namespaces, with services in the same. */
const isOf = (secret: unknown, { release, namespace }: Release): boolean =>
  isOurs(secret) &&
  labelOf(secret, 'app.kubernetes.io/instance') === release &&
  ['', namespace].includes(textAt(secret, 'metadata', 'annotations', RELEASE_NAMESPACE));

const isOurs = (secret: unknown): boolean => labelOf(secret, 'app.kubernetes.io/part-of') === 'shared-postgresql';

const nameOf = (secret: unknown): string => textAt(secret, 'metadata', 'name');

const placeOf = (secret: unknown): string => textAt(secret, 'metadata', 'namespace');

const secretAt = (secret: unknown): string => `${placeOf(secret)}/${nameOf(secret)}`;

const labelOf = (secret: unknown, label: string): string => textAt(secret, 'metadata', 'labels', label);

function refuseForeign(before: unknown, where: Release): void {
  if (before === undefined || isOf(before, where)) return;
  throw new ClusterError(
    `Secret ${nameOf(before)} in ${placeOf(before)} is there already, and not of the release ${where.release} in ${where.namespace}.`,
    'Nothing was changed. Delete it, give the login another secretName, or name it as existingSecret.',
  );
}

/** The cluster removes a Secret with its owner, as an ExternalSecret that leaves the release. */
function refuseOwned(before: unknown): void {
  const [owner] = listAt(before, 'metadata', 'ownerReferences');
  if (owner === undefined) return;
  const [kind, name, namespace] = [textAt(owner, 'kind'), textAt(owner, 'name'), placeOf(before)];
  throw new ClusterError(
    `Secret ${nameOf(before)} in ${namespace} belongs to ${kind} ${name}, and would go with it.`,
    `Nothing was changed. Leave the Secret alone there: kubectl delete ${kind.toLowerCase()} ${name} --namespace ${namespace} --cascade=orphan`,
  );
}

/** What was rendered without the Secret that is there would lock everybody out: whatever the reason, no password changes but with its login. */
function refuseOther(before: unknown, secret: unknown): void {
  const [old, fresh] = [recordAt(before, 'data'), recordAt(secret, 'data')];
  const isOfOne = ['username', 'database', 'rotation'].every((key) => old[key] === fresh[key]);
  if (!isOfOne || old['password'] === undefined || old['password'] === fresh['password']) return;
  throw new ClusterError(
    `Secret ${nameOf(secret)} would get another password, and its login is the same.`,
    'Nothing was changed. That is a mistake of this program; report it.',
  );
}

/** The paths below which a Secret differs from what is wanted; what others added is theirs, and what we wrote and want no more is not. */
function fieldsBetween(before: unknown, secret: unknown): string[] {
  if (before === undefined) return [];
  const stale = keysWritten(before).filter((key) => !(key in recordAt(secret, 'data')));
  return [...pathsBetween(partOf(before, secret), secret, ''), ...stale.map((key) => joined('data', key))];
}

/** Of an object what another names as well. */
function partOf(object: unknown, like: unknown): unknown {
  if (!isRecord(object) || !isRecord(like)) return object;
  const keys = Object.keys(like).filter((key) => key in object);
  return Object.fromEntries(keys.map((key) => [key, partOf(object[key], like[key])]));
}

/** The keys of the data that were written here, as the API remembers it. */
function keysWritten(secret: unknown): string[] {
  const own = listAt(secret, 'metadata', 'managedFields').find((entry) => textAt(entry, 'manager') === MANAGER);
  return Object.keys(recordAt(own, 'fieldsV1', 'f:data')).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : []));
}

function changeOf(secret: unknown, change: ObjectChange['change'], fields: readonly string[] = []): ObjectChange {
  return { kind: 'Secret', name: nameOf(secret), namespace: placeOf(secret), change, fields, restarts: false };
}

function recordAt(data: unknown, ...path: readonly string[]): Record<string, unknown> {
  const value = valueAt(data, path);
  return isRecord(value) ? value : {};
}
