import { valueAt } from '../generate/fields.ts';
import type { ReleaseName } from './deployment.ts';
import { listAt, numberAt, textAt } from './fields.ts';
import { isLate } from './schedule.ts';
import { get } from './kubectl.ts';

/** What a cluster tells of a deployment without asking its server. Times are as the API writes them; empty for none. */
export interface ClusterState {
  readonly pods: readonly PodState[];
  readonly volumes: readonly VolumeState[];
  readonly jobs: readonly JobState[];
  readonly schedules: readonly ScheduleState[];
}

/** A pod that is meant to run all the time: the server's, the archive's. */
export interface PodState {
  readonly name: string;
  readonly component: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly since: string;
  /** Why it is not ready, as Kubernetes says it, and what keeps it so. */
  readonly why: string;
}

export interface VolumeState {
  readonly name: string;
  readonly component: string;
  readonly bound: boolean;
  /** What it holds, or what is asked for as long as it is not bound: 5Gi. */
  readonly size: string;
}

/** The newest Job of its component. */
export interface JobState {
  readonly name: string;
  readonly component: string;
  readonly outcome: 'done' | 'failed' | 'running';
  /** When it ended, or began. */
  readonly time: string;
  readonly why: string;
}

/** What a CronJob starts that is not suspended. */
export interface ScheduleState {
  readonly name: string;
  readonly component: string;
  readonly schedule: string;
  readonly last: string;
  readonly lastDone: string;
  /** Whether it runs now. */
  readonly running: boolean;
  /** Whether it should have run to a good end once more since it last did. */
  readonly late: boolean;
}

const KINDS = 'pods,statefulsets,persistentvolumeclaims,jobs,cronjobs';

/** Reads it by one request of kubectl. Throws ClusterError. */
export async function readClusterState({ release, ...place }: ReleaseName): Promise<ClusterState> {
  const labels = `app.kubernetes.io/instance=${release},app.kubernetes.io/part-of=shared-postgresql`;
  return stateOf(listAt(await get([KINDS, '--selector', labels], place), 'items'), new Date());
}

/** The state that objects tell at a time. */
export function stateOf(objects: readonly unknown[], now: Date): ClusterState {
  const all = (kind: string): readonly unknown[] => objects.filter((object) => textAt(object, 'kind') === kind);
  return {
    // Those of Jobs and of helm test end.
    pods: all('Pod')
      .filter((pod) => textAt(pod, 'spec', 'restartPolicy') === 'Always' && textAt(pod, 'metadata', 'deletionTimestamp') === '')
      .map((pod) => podState(pod, all('StatefulSet'))),
    volumes: all('PersistentVolumeClaim').map(volumeState),
    jobs: newestOfEach(all('Job')).map(jobState),
    schedules: all('CronJob')
      .filter((job) => valueAt(job, ['spec', 'suspend']) !== true)
      .map((job) => scheduleState(job, now)),
  };
}

const nameOf = (object: unknown): string => textAt(object, 'metadata', 'name');
const componentOf = (object: unknown): string => textAt(object, 'metadata', 'labels', 'app.kubernetes.io/component');

/** The condition of this type, where it holds. */
function conditionOf(object: unknown, type: string, status = 'True'): unknown {
  return listAt(object, 'status', 'conditions').find(
    (each) => textAt(each, 'type') === type && textAt(each, 'status') === status,
  );
}

function podState(pod: unknown, sets: readonly unknown[]): PodState {
  const containers = ['initContainerStatuses', 'containerStatuses'].flatMap((each) => listAt(pod, 'status', each));
  const ready = conditionOf(pod, 'Ready') !== undefined;
  return {
    name: nameOf(pod),
    component: componentOf(pod),
    ready,
    restarts: containers.reduce<number>((sum, each) => sum + numberAt(each, 'restartCount'), 0),
    since: textAt(pod, 'status', 'startTime') || textAt(pod, 'metadata', 'creationTimestamp'),
    why: ready ? '' : [whyNotReady(pod, containers), ...whyKept(pod, sets)].join('; '),
  };
}

/** A StatefulSet puts no pod with new values in the place of one that is not ready. */
function whyKept(pod: unknown, sets: readonly unknown[]): string[] {
  const name = nameOf(pod);
  const revision = textAt(pod, 'metadata', 'labels', 'controller-revision-hash');
  const next = sets.filter((set) => name.startsWith(`${nameOf(set)}-`)).map((set) => textAt(set, 'status', 'updateRevision'));
  if (revision === '' || next.every((each) => each === '' || each === revision)) return [];
  return [
    `it has former values, and stays until somebody deletes it, as a StatefulSet replaces no pod that is not ready: kubectl delete pod ${name}; the next one has the new values, and the volume stays`,
  ];
}

/** The nearest cause that Kubernetes names: a container that waits or ended, a condition, the phase. */
function whyNotReady(pod: unknown, containers: readonly unknown[]): string {
  const states = containers.flatMap((each) => [valueAt(each, ['state', 'waiting']), valueAt(each, ['lastState', 'terminated'])]);
  const causes = [...states, conditionOf(pod, 'PodScheduled', 'False'), conditionOf(pod, 'Ready', 'False')];
  const told = causes.map(sentenceOf).find((each) => each !== '');
  return told ?? textAt(pod, 'status', 'phase');
}

function sentenceOf(cause: unknown): string {
  return [textAt(cause, 'reason'), textAt(cause, 'message')].filter((part) => part !== '').join(': ');
}

function volumeState(claim: unknown): VolumeState {
  return {
    name: nameOf(claim),
    component: componentOf(claim),
    bound: textAt(claim, 'status', 'phase') === 'Bound',
    size: textAt(claim, 'status', 'capacity', 'storage') || textAt(claim, 'spec', 'resources', 'requests', 'storage'),
  };
}

function jobState(job: unknown): JobState {
  const base = { name: nameOf(job), component: componentOf(job) };
  const done = conditionOf(job, 'Complete');
  const failed = conditionOf(job, 'Failed');
  const ended = done ?? failed;
  if (ended === undefined) return { ...base, outcome: 'running', time: textAt(job, 'metadata', 'creationTimestamp'), why: '' };
  const outcome = done === undefined ? 'failed' : 'done';
  return { ...base, outcome, time: textAt(ended, 'lastTransitionTime'), why: sentenceOf(failed) };
}

function newestOfEach(jobs: readonly unknown[]): unknown[] {
  const newest = new Map<string, unknown>();
  const createdAt = (job: unknown): string => textAt(job, 'metadata', 'creationTimestamp');
  for (const job of jobs) {
    const known = newest.get(componentOf(job));
    if (known === undefined || createdAt(job) > createdAt(known)) newest.set(componentOf(job), job);
  }
  return [...newest.values()];
}

function scheduleState(job: unknown, now: Date): ScheduleState {
  const schedule = textAt(job, 'spec', 'schedule');
  const lastDone = textAt(job, 'status', 'lastSuccessfulTime');
  return {
    name: nameOf(job),
    component: componentOf(job),
    schedule,
    last: textAt(job, 'status', 'lastScheduleTime'),
    lastDone,
    running: listAt(job, 'status', 'active').length > 0,
    late: isLate(schedule, lastDone || textAt(job, 'metadata', 'creationTimestamp'), now),
  };
}
