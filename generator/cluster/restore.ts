import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord, valueAt } from '../generate/fields.ts';
import { ClusterError } from './cluster-error.ts';
import type { ReleaseName } from './deployment.ts';
import { listAt, textAt } from './fields.ts';
import { create, get, hearLogs } from './kubectl.ts';

/** What the Job is given: SERVICES, FROM, TO, AT, as docs/backup.md has them. What is empty is not asked for. */
export type Given = Readonly<Record<string, string>>;

/** A Job that was started, and the namespace of its pod. */
export interface Started {
  readonly job: string;
  readonly namespace: string;
}

/** Starts a Job of the CronJob that brings services back. Throws ClusterError. */
export async function startRestore({ release, namespace }: ReleaseName, given: Given): Promise<Started> {
  const labels = `app.kubernetes.io/instance=${release},app.kubernetes.io/component=restore,app.kubernetes.io/part-of=shared-postgresql`;
  const [cronJob] = listAt(await get(['cronjobs', '--selector', labels], namespace), 'items');
  if (cronJob === undefined)
    throw new ClusterError(
      `release ${release} has no backups in this namespace.`,
      'Name them with --release and --namespace; backup.schedule in values.yaml turns backups on.',
    );
  const made = await create(jobOf(cronJob, given), textAt(cronJob, 'metadata', 'namespace'));
  return { job: textAt(made, 'metadata', 'name'), namespace: textAt(made, 'metadata', 'namespace') };
}

/** As `kubectl create job --from` makes one, with the variables that are given. */
function jobOf(cronJob: unknown, given: Given): object {
  const template = valueAt(cronJob, ['spec', 'jobTemplate']);
  const [container] = listAt(template, 'spec', 'template', 'spec', 'containers');
  const variables = new Map(listAt(container, 'env').map((each) => [textAt(each, 'name'), each]));
  for (const [name, value] of Object.entries(given).filter(([, text]) => text !== '')) {
    if (!variables.has(name)) throw unknown(name);
    variables.set(name, { name, value });
  }
  const containers = [{ ...recordAt(container), env: [...variables.values()] }];
  const pod = {
    ...recordAt(template, 'spec', 'template'),
    spec: { ...recordAt(template, 'spec', 'template', 'spec'), containers },
  };
  const labels = recordAt(template, 'metadata', 'labels');
  const annotations = { 'cronjob.kubernetes.io/instantiate': 'manual' };
  const metadata = { generateName: `${textAt(cronJob, 'metadata', 'name')}-`, labels, annotations };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { ...recordAt(template, 'spec'), template: pod } };
}

function recordAt(data: unknown, ...path: readonly string[]): Readonly<Record<string, unknown>> {
  const value = valueAt(data, path);
  return isRecord(value) ? value : {};
}

const unknown = (variable: string): ClusterError =>
  new ClusterError(
    `the restore of this deployment knows nothing of ${variable}.`,
    'A point in time is kept once backup.pointInTime.enabled is true in values.yaml, and installed.',
  );

/** How often is looked, and for how long a pod may not start, in milliseconds. */
const LOOK = 2000;
const PATIENCE = 15 * 60_000;

/** Hears every line of a Job's pod, and tells whether it ended well. Throws ClusterError when the pod does not start. */
export async function followRestore({ job, namespace }: Started, hear: (line: string) => void): Promise<boolean> {
  const pod = await untilIs(['Running', 'Succeeded', 'Failed'], { job, namespace }, PATIENCE);
  const name = textAt(pod, 'metadata', 'name');
  if (name !== '') await hearLogs({ pod: name, namespace, follow: true }, hear);
  // The Job has an end of its own, backup.deadlines.total.
  const ended = await untilIs(['Succeeded', 'Failed'], { job, namespace }, Infinity);
  return textAt(ended, 'status', 'phase') === 'Succeeded';
}

/** The Job's pod once it is so; undefined when it is no longer there. */
async function untilIs(phases: readonly string[], { job, namespace }: Started, patience: number): Promise<unknown> {
  const since = performance.now();
  let seen = false;
  while (performance.now() - since < patience) {
    const [pod] = listAt(await get(['pods', '--selector', `job-name=${job}`], namespace), 'items');
    if (phases.includes(textAt(pod, 'status', 'phase'))) return pod;
    if (pod === undefined && (seen || patience === Infinity)) return undefined;
    seen ||= pod !== undefined;
    await sleep(LOOK);
  }
  throw new ClusterError(
    `the pod of Job ${job} did not start within ${PATIENCE / 60_000} minutes.`,
    `Look at it: kubectl describe job/${job} --namespace ${namespace}. The Job goes on.`,
  );
}
