import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError } from './cluster-error.ts';
import { listAt, textAt } from './fields.ts';
import { get, hearLogs, type Spot } from './kubectl.ts';

/** A Job that was started. */
export interface Started extends Spot {
  readonly job: string;
}

/** How often is looked, and for how long no pod may start, in milliseconds. */
const LOOK = 2000;
const PATIENCE = 15 * 60_000;

/** Hears every line of a Job's pods, one after the other, and tells whether it ended well. Throws ClusterError when no pod starts. */
export async function followJob(started: Started, hear: (line: string) => void): Promise<boolean> {
  const heard = new Set<string>();
  let since = performance.now();
  for (;;) {
    const { pods, outcome } = await look(started);
    const next = pods.find((pod) => HAS_STARTED.includes(phaseOf(pod)) && !heard.has(nameOf(pod)));
    if (next !== undefined) {
      heard.add(nameOf(next));
      await hearLogs({ ...started, pod: nameOf(next), follow: true }, hear);
      since = performance.now();
    } else if (outcome !== undefined) return outcome;
    else {
      // A Job has an end of its own once a pod runs (activeDeadlineSeconds).
      if (!pods.some((pod) => heard.has(nameOf(pod))) && performance.now() - since > PATIENCE) throw notStarted(started);
      await sleep(LOOK);
    }
  }
}

const HAS_STARTED = ['Running', 'Succeeded', 'Failed'];
const nameOf = (pod: unknown): string => textAt(pod, 'metadata', 'name');
const phaseOf = (pod: unknown): string => textAt(pod, 'status', 'phase');

interface Look {
  /** In the order in which they were made. */
  readonly pods: readonly unknown[];
  /** Whether the Job ended well; undefined as long as it goes on. */
  readonly outcome: boolean | undefined;
}

/** The pods first: those of a Job that is then over are all known. */
async function look({ job, ...place }: Started): Promise<Look> {
  const createdAt = (pod: unknown): string => textAt(pod, 'metadata', 'creationTimestamp');
  const pods = [...listAt(await get(['pods', '--selector', `job-name=${job}`], place), 'items')];
  pods.sort((a, b) => createdAt(a).localeCompare(createdAt(b)));
  const [found] = listAt(await get(['jobs', '--field-selector', `metadata.name=${job}`], place), 'items');
  const isSo = (type: string): boolean =>
    listAt(found, 'status', 'conditions').some((each) => textAt(each, 'type') === type && textAt(each, 'status') === 'True');
  // One that is gone was removed as it was over (ttlSecondsAfterFinished), or by somebody.
  if (found === undefined) return { pods, outcome: pods.some((pod) => phaseOf(pod) === 'Succeeded') };
  return { pods, outcome: isSo('Complete') ? true : isSo('Failed') ? false : undefined };
}

function notStarted({ job, namespace }: Started): ClusterError {
  return new ClusterError(
    `the pod of Job ${job} did not start within ${PATIENCE / 60_000} minutes.`,
    `Look at it: kubectl describe job/${job} --namespace ${namespace}. The Job goes on.`,
  );
}
