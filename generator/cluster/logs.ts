import { ClusterError } from './cluster-error.ts';
import type { ReleaseName } from './deployment.ts';
import { listAt, textAt } from './fields.ts';
import { get, printLogs } from './kubectl.ts';

/**
 * Prints what the newest pod of a component said, and what it says until it ends if that is asked for. Gives its name, and kubectl's exit code.
 * Throws ClusterError.
 */
export async function printNewestLogs(
  component: string,
  { release, ...place }: ReleaseName,
  { follow, out }: { readonly follow: boolean; readonly out: NodeJS.WriteStream },
): Promise<{ readonly pod: string; readonly code: number }> {
  const labels = `app.kubernetes.io/instance=${release},app.kubernetes.io/component=${component},app.kubernetes.io/part-of=shared-postgresql`;
  const createdAt = (pod: unknown): string => textAt(pod, 'metadata', 'creationTimestamp');
  const pods = [...listAt(await get(['pods', '--selector', labels], place), 'items')];
  const [newest] = pods.sort((a, b) => createdAt(b).localeCompare(createdAt(a)));
  if (newest === undefined)
    throw new ClusterError(
      `release ${release} has no pod of ${component} in this namespace.`,
      'A finished Job and its pod are removed after a while (provisioning.ttlSecondsAfterFinished); any upgrade runs it again.',
    );
  const pod = textAt(newest, 'metadata', 'name');
  return { pod, code: await printLogs({ ...place, pod, namespace: textAt(newest, 'metadata', 'namespace'), follow }, out) };
}
