import { isRecord, valueAt } from '../generate/fields.ts';
import { listShort } from '../generate/lists.ts';
import { ClusterError } from './cluster-error.ts';
import { listAt, textAt } from './fields.ts';
import { get, type Place, type ServicePort } from './kubectl.ts';

/** A deployment as a cluster has it. */
export interface ClusterDeployment extends ServicePort {
  readonly adminSecret: string;
  /** With the server's certificate and its authority; undefined when the server speaks no TLS. */
  readonly tlsSecret: string | undefined;
}

/** Which release it is, and where. */
export interface ReleaseName extends Place {
  readonly release: string;
}

/**
 * Finds a deployment by its labels, and what its pod mounts: no name is computed a second time, and none depends on the values that it was installed with.
 * Throws ClusterError.
 */
export async function findDeployment({ release, context, namespace }: ReleaseName): Promise<ClusterDeployment> {
  const labels = `app.kubernetes.io/instance=${release},app.kubernetes.io/component=server,app.kubernetes.io/part-of=shared-postgresql`;
  const found = await get(['services,statefulsets,deployments', '--selector', labels], { context, namespace });
  const items = listAt(found, 'items');
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
    service: textAt(service, 'metadata', 'name'),
    port: Number(valueAt(service, ['spec', 'ports', 0, 'port'])),
    adminSecret: mountedSecret(workload, 'admin') ?? '',
    tlsSecret: mountedSecret(workload, 'tls'),
  };
}

const isNamed =
  (name: string) =>
  (item: unknown): boolean =>
    textAt(item, 'metadata', 'name') === name;

/** One that CloudNativePG runs, by the Service that finds its primary. */
async function findCluster(name: string, service: unknown, context: string | undefined): Promise<ClusterDeployment> {
  const namespace = textAt(service, 'metadata', 'namespace');
  const cluster = await get(['clusters.postgresql.cnpg.io', name], { context, namespace });
  return {
    context,
    namespace,
    service: textAt(service, 'metadata', 'name'),
    port: Number(valueAt(service, ['spec', 'ports', 0, 'port'])),
    adminSecret: textAt(cluster, 'spec', 'superuserSecret', 'name'),
    tlsSecret: `${name}-ca`,
  };
}

function only(release: string, items: readonly unknown[]): unknown {
  const [item, ...others] = items;
  if (item === undefined)
    throw new ClusterError(
      `there is no release ${release} of shared-postgresql in this namespace.`,
      'Name them with --release and --namespace: `helm list --all-namespaces` shows which there are.',
    );
  if (others.length === 0) return item;
  const names = listShort(items.map((each) => textAt(each, 'metadata', 'name')));
  throw new ClusterError(
    `the release ${release} has several servers: ${names}.`,
    'Forward the port of one (kubectl port-forward), and name it with --url and --secrets.',
  );
}

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
