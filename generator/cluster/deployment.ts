import { isRecord, valueAt } from '../generate/fields.ts';
import { listShort } from '../generate/lists.ts';
import type { Address, Admin, Engine } from '../generate/validate/engine.ts';
import { ClusterError } from './cluster-error.ts';
import { listAt, textAt } from './fields.ts';
import { get, type Place, type ServicePort, type Spot } from './kubectl.ts';

/** A deployment as a cluster has it. */
export interface ClusterDeployment extends Spot {
  readonly admin: Admin;
  readonly adminSecret: string;
  /** With the authority by which the server is known; undefined when there is none. */
  readonly tlsSecret: string | undefined;
  /** The Service that leads to the server, or where else it is. */
  readonly server: Pick<ServicePort, 'service' | 'port'> | Address;
}

/** What of the engine tells where to look for the server. */
export type Sought = Pick<Engine, 'admin' | 'address' | 'authoritySecret'>;

/** Which release it is, and where. */
export interface ReleaseName extends Place {
  readonly release: string;
}

/**
 * Finds a deployment by its labels, and what its pod mounts: no name is computed a second time, and none depends on the values that it was installed with,
 * but where the server is somebody else's: nothing but the values says of that where it is. Throws ClusterError.
 */
export async function findDeployment(where: ReleaseName, engine: Sought): Promise<ClusterDeployment> {
  const { context } = where;
  if (engine.address === undefined) return { ...(await findInside(where)), admin: engine.admin };
  const [of] = await findLabelled(where, 'configmaps', 'provisioning');
  if (of === undefined) throw missing(where.release);
  return deploymentAt(engine.address, engine, { context, namespace: textAt(of, 'metadata', 'namespace') });
}

/** The same of a server of somebody else's, whether a release is there or not yet. */
export function deploymentAt(address: Address, { admin, authoritySecret }: Sought, spot: Spot): ClusterDeployment {
  const { context, namespace } = spot;
  return {
    context,
    namespace,
    admin,
    adminSecret: address.adminSecret,
    tlsSecret: address.sslmode === 'verify-full' ? authoritySecret : undefined,
    server: address,
  };
}

async function findLabelled({ release, ...place }: ReleaseName, kinds: string, component: string): Promise<readonly unknown[]> {
  const labels = `app.kubernetes.io/instance=${release},app.kubernetes.io/component=${component},app.kubernetes.io/part-of=shared-postgresql`;
  return listAt(await get([kinds, '--selector', labels], place), 'items');
}

type Inside = Omit<ClusterDeployment, 'admin'>;

async function findInside(where: ReleaseName): Promise<Inside> {
  const { release, context } = where;
  const items = await findLabelled(where, 'services,statefulsets,deployments', 'server');
  const cluster = items.map((item) => textAt(item, 'metadata', 'labels', 'cnpg.io/cluster')).find((name) => name !== '');
  if (cluster !== undefined) return findCluster(cluster, only(release, items.filter(isNamed(`${cluster}-rw`))), context);
  const service = only(
    release,
    items.filter((item) => textAt(item, 'kind') === 'Service' && textAt(item, 'spec', 'clusterIP') !== 'None'),
  );
  const workload = only(
    release,
    items.filter((item) => textAt(item, 'kind') !== 'Service'),
  );
  return {
    context,
    namespace: textAt(service, 'metadata', 'namespace'),
    server: portOf(service),
    adminSecret: mountedSecret(workload, 'admin') ?? '',
    tlsSecret: mountedSecret(workload, 'tls'),
  };
}

const portOf = (service: unknown): Pick<ServicePort, 'service' | 'port'> => ({
  service: textAt(service, 'metadata', 'name'),
  port: Number(valueAt(service, ['spec', 'ports', 0, 'port'])),
});

const isNamed =
  (name: string) =>
  (item: unknown): boolean =>
    textAt(item, 'metadata', 'name') === name;

/** One that CloudNativePG runs, by the Service that finds its primary. */
async function findCluster(name: string, service: unknown, context: string | undefined): Promise<Inside> {
  const namespace = textAt(service, 'metadata', 'namespace');
  const cluster = await get(['clusters.postgresql.cnpg.io', name], { context, namespace });
  return {
    context,
    namespace,
    server: portOf(service),
    adminSecret: textAt(cluster, 'spec', 'superuserSecret', 'name'),
    tlsSecret: `${name}-ca`,
  };
}

function only(release: string, items: readonly unknown[]): unknown {
  const [item, ...others] = items;
  if (item === undefined) throw missing(release);
  if (others.length === 0) return item;
  const names = listShort(items.map((each) => textAt(each, 'metadata', 'name')));
  throw new ClusterError(
    `the release ${release} has several servers: ${names}.`,
    'Forward the port of one (kubectl port-forward), and name it with --url and --secrets.',
  );
}

const missing = (release: string): ClusterError =>
  new ClusterError(
    `there is no release ${release} of shared-postgresql in this namespace.`,
    'Name them with --release and --namespace: `helm list --all-namespaces` shows which there are.',
  );

/** The Secret that a volume of the server's pod is made of. */
function mountedSecret(workload: unknown, volume: string): string | undefined {
  const volumes = listAt(workload, 'spec', 'template', 'spec', 'volumes');
  const found = volumes.find((each) => textAt(each, 'name') === volume);
  return textAt(found, 'projected', 'sources', 0, 'secret', 'name') || undefined;
}

/** The data of a Secret as texts. Throws ClusterError. */
export async function readSecret(name: string, place: Place): Promise<Readonly<Record<string, string>>> {
  const data = valueAt(await get(['secret', name], place), ['data']);
  const entries = Object.entries(isRecord(data) ? data : {});
  return Object.fromEntries(entries.map(([key, text]) => [key, Buffer.from(String(text), 'base64').toString('utf8')]));
}
