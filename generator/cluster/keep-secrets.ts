import type { Generated } from '../generate/generate.ts';
import { loginsOf, type Owned } from '../generate/logins.ts';
import { readOwnChart } from '../generate/read/chart.ts';
import { renderChart } from '../helm/render.ts';
import type { ObjectChange } from './changes.ts';
import type { ReleaseName } from './deployment.ts';
import { listAt } from './fields.ts';
import {
  chartOfSecrets,
  compareSecrets,
  KEEP,
  MANAGER,
  MARK,
  NO_SECRETS,
  otherNamespaces,
  secretsIn,
  type SecretsToKeep,
} from './kept-secrets.ts';
import { applyAs, get, remove, unmark, type Place, type Spot } from './kubectl.ts';

/** Of a deployment whose Secrets the command deploy keeps. */
interface Kept {
  readonly where: ReleaseName & Spot;
  /** The file of the values. */
  readonly values: string;
  readonly generated: Generated;
  /** What is in the namespace of the release; undefined where Helm has the Secrets. */
  readonly live: readonly unknown[] | undefined;
}

/** The Secrets of a namespace, but for Helm's, with who wrote what. Throws ClusterError. */
export async function readLiveSecrets(place: Place): Promise<readonly unknown[]> {
  const options = ['--field-selector', 'type!=helm.sh/release.v1', '--show-managed-fields'];
  return listAt(await get(['secrets', ...options], place), 'items');
}

/** What the values ask of the Secrets, and what of that is not so: passwords that are there stay. Throws ClusterError, and InputError with what Helm refuses. */
export async function foreseeSecrets({ where, values, generated, live }: Kept): Promise<SecretsToKeep> {
  if (live === undefined) return NO_SECRETS;
  const { release, namespace, context } = where;
  const chart = chartOfSecrets(live, generated, readOwnChart());
  const wanted = secretsIn(await renderChart(chart, { name: release, namespace, values }), where);
  const others = otherNamespaces(wanted, live, where);
  const elsewhere = await Promise.all(others.map((each) => readLiveSecrets({ context, namespace: each })));
  const inUse = new Set(loginsOf(generated.model).flatMap((login) => namesOf(login, namespace)));
  return compareSecrets(wanted, [...live, ...elsewhere.flat()], { where, inUse });
}

/** What the Job and the service read of a login: in the namespace of the release, and in the service's. */
function namesOf({ passwordSecret, clientCertificate, service }: Owned, namespace: string): string[] {
  const places = [namespace, service.namespace];
  return [passwordSecret, clientCertificate].flatMap((name) => places.map((place) => `${place}/${name}`));
}

/** Before the release: its pods are to find them. Throws ClusterError. */
export function keepSecrets({ applied }: SecretsToKeep, where: ReleaseName): Promise<void> {
  return applyAs(MANAGER, applied, where);
}

/** After it, as Helm does: until then something may read them. Throws ClusterError. */
export function removeSecrets({ removed }: SecretsToKeep, where: ReleaseName): Promise<void> {
  return remove(removed, where);
}

/**
 * Leaves to Helm what it is to have from now on: it heeds in the cluster that a Secret is to stay, and would leave that of a service which goes. Before the
 * release, so that nothing is left of it when that fails. Throws ClusterError.
 */
export async function handOver(objects: readonly ObjectChange[], { release, context, namespace }: Kept['where']): Promise<void> {
  const added = objects.filter(({ kind, change }) => kind === 'Secret' && change === 'added').map((each) => each.namespace);
  if (added.length === 0) return;
  const selector = `${MARK}=deploy,app.kubernetes.io/instance=${release}`;
  const marked = listAt(await get(['secrets', '--selector', selector], { context, namespace }), 'items');
  if (marked.length === 0) return;
  // The release's own last: it is there that they are looked for again, when this is cut off.
  for (const place of new Set([...added.filter((each) => each !== namespace), namespace]))
    await unmark('secrets', { selector, annotation: KEEP, label: MARK }, { context, namespace: place });
}
