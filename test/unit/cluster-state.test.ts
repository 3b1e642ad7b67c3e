import { describe, expect, test } from 'vitest';
import { judge, type Seen } from '../../generator/cluster/judge.ts';
import { stateOf } from '../../generator/cluster/state.ts';

const labels = (component: string): object => ({ 'app.kubernetes.io/component': component });

/** A condition as the API has it. */
const condition = (type: string, status: string, more: object = {}): object => ({ type, status, ...more });

const pod = (status: object, restartPolicy = 'Always'): object => ({
  kind: 'Pod',
  metadata: { name: 'db-0', labels: labels('server'), creationTimestamp: '2026-11-01T10:00:00Z' },
  spec: { restartPolicy },
  status,
});
const READY = pod({
  startTime: '2026-11-01T10:00:05Z',
  conditions: [condition('Ready', 'True')],
  containerStatuses: [{ restartCount: 2 }],
});
const claim = (phase: string): object => ({
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'db-data', labels: labels('server') },
  spec: { resources: { requests: { storage: '5Gi' } } },
  status: phase === 'Bound' ? { phase, capacity: { storage: '6Gi' } } : { phase },
});
const job = (name: string, created: string, ...conditions: object[]): object => ({
  kind: 'Job',
  metadata: { name, labels: labels('provisioning'), creationTimestamp: created },
  status: { conditions },
});
const schedule = (status: object, suspend = false): object => ({
  kind: 'CronJob',
  metadata: { name: 'db-backup', labels: labels('backup') },
  spec: { schedule: '@daily', suspend },
  status,
});

/** The server's pod, of a revision of its StatefulSet, that never got ready. */
const ofRevision = (revision: string): object => ({
  ...pod({ initContainerStatuses: [{ restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } }] }),
  metadata: { name: 'db-0', labels: { ...labels('server'), 'controller-revision-hash': revision } },
});
const set = { kind: 'StatefulSet', metadata: { name: 'db', labels: labels('server') }, status: { updateRevision: 'new' } };

const NOW = new Date('2026-11-02T12:00:00Z');
const DONE = condition('Complete', 'True', { lastTransitionTime: '2026-11-02T00:00:09Z' });
const FAILED = condition('Failed', 'True', {
  lastTransitionTime: '2026-11-02T00:00:09Z',
  reason: 'BackoffLimitExceeded',
  message: 'it tried enough',
});

/** What is found of these objects, and of a server that uses this. */
function findingsOn(
  objects: readonly object[],
  usage?: Partial<Seen['usage'] & object>,
  services: Seen['services'] = [],
): string[] {
  const server = { address: 'localhost:5432', version: '15.9', since: '2026-11-01 10:00 UTC' };
  const admin = { name: 'postgres', rights: ['SUPERUSER'] };
  const whole = { server, databases: [], bytes: 0, connections: { open: 1, most: 100 }, full: false, admin, reported: [] };
  return judge({ state: stateOf(objects, NOW), usage: usage && { ...whole, ...usage }, services }, false);
}

describe('the state of a deployment', () => {
  test('names a volume that is full', () => {
    expect(findingsOn([READY], { full: true })).toEqual([
      expect.stringMatching(/^server: its volume is full, and it takes no new/),
    ]);
  });

  test('is told of its objects', () => {
    const objects = [READY, claim('Bound'), job('new', '2026-11-02T00:00:00Z', DONE), job('old', '2026-11-01T00:00:00Z', FAILED)];
    expect(
      stateOf(
        [...objects, schedule({ lastScheduleTime: '2026-11-02T00:00:00Z', lastSuccessfulTime: '2026-11-02T00:01:00Z' })],
        NOW,
      ),
    ).toEqual({
      pods: [{ name: 'db-0', component: 'server', ready: true, restarts: 2, since: '2026-11-01T10:00:05Z', why: '' }],
      volumes: [{ name: 'db-data', component: 'server', bound: true, size: '6Gi' }],
      jobs: [{ name: 'new', component: 'provisioning', outcome: 'done', time: '2026-11-02T00:00:09Z', why: '' }],
      schedules: [
        {
          name: 'db-backup',
          component: 'backup',
          schedule: '@daily',
          last: '2026-11-02T00:00:00Z',
          lastDone: '2026-11-02T00:01:00Z',
          running: false,
          late: false,
        },
      ],
    });
  });

  test('has no pods that end, and nothing that is suspended', () => {
    const ofJob = pod({ phase: 'Failed' }, 'Never');
    expect(stateOf([ofJob, schedule({}, true)], NOW)).toEqual({ pods: [], volumes: [], jobs: [], schedules: [] });
  });
});

describe('what somebody should see to', () => {
  test('is nothing where all is well', () => {
    const ended = schedule({ lastScheduleTime: '2026-11-02T00:00:00Z', lastSuccessfulTime: '2026-11-02T00:01:00Z' });
    const service = { name: 'mail', database: 'maildb', bytes: 1, sessions: 19, connectionLimit: 20, begun: [] };
    expect(
      findingsOn([READY, claim('Bound'), job('new', '2026-11-02T00:00:00Z', DONE), ended], { bytes: 2 ** 32 }, [service]),
    ).toEqual([]);
  });

  test.each<[string, object[], string]>([
    ['no pod', [], 'server: it has no pod; kubectl describe of what makes it (statefulset, deployment or cluster) says why'],
    [
      'an image that is not there',
      [
        pod({
          phase: 'Pending',
          containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } }],
        }),
      ],
      'server: pod db-0 is not ready: ImagePullBackOff: no such image; kubectl describe pod db-0 says more',
    ],
    [
      'no node for it',
      [
        pod({
          phase: 'Pending',
          conditions: [condition('PodScheduled', 'False', { reason: 'Unschedulable', message: '0/3 nodes' })],
        }),
      ],
      'server: pod db-0 is not ready: Unschedulable: 0/3 nodes; kubectl describe pod db-0 says more',
    ],
    [
      'a pod that new values cannot mend',
      [ofRevision('old'), set],
      'server: pod db-0 is not ready: CrashLoopBackOff; it has former values, and stays until somebody deletes it, as a StatefulSet replaces no pod that is not ready: kubectl delete pod db-0; the next one has the new values, and the volume stays; kubectl describe pod db-0 says more',
    ],
    [
      'a pod that has them',
      [ofRevision('new'), set],
      'server: pod db-0 is not ready: CrashLoopBackOff; kubectl describe pod db-0 says more',
    ],
    [
      'a pod that no StatefulSet made',
      [pod({ phase: 'Pending' }), set],
      'server: pod db-0 is not ready: Pending; kubectl describe pod db-0 says more',
    ],
    ['nothing told', [pod({ phase: 'Pending' })], 'server: pod db-0 is not ready: Pending; kubectl describe pod db-0 says more'],
    [
      'no volume',
      [READY, claim('Pending')],
      'volume db-data is not bound; kubectl describe persistentvolumeclaim db-data says why',
    ],
    [
      'a failed run',
      [READY, job('new', '2026-11-02T00:00:00Z', FAILED)],
      'provisioning: the last run failed: BackoffLimitExceeded: it tried enough; shared-postgresql logs provisioning says more (new)',
    ],
    [
      'a night without a backup',
      [READY, schedule({ lastScheduleTime: '2026-11-02T00:00:00Z', lastSuccessfulTime: '2026-11-01T00:01:00Z' })],
      'backup: the run of 2026-11-02T00:00:00Z did not end well, it last did on 2026-11-01T00:01:00Z; kubectl logs of its Job says more (CronJob db-backup)',
    ],
    [
      'nights that do not begin',
      [READY, schedule({ lastScheduleTime: '2026-10-31T00:00:00Z', lastSuccessfulTime: '2026-10-31T00:01:00Z' })],
      'backup: no run ended well for longer than @daily says, it last did on 2026-10-31T00:01:00Z; kubectl describe cronjob db-backup says why',
    ],
  ])('%s', (_, objects, sentence) => {
    expect(findingsOn(objects)).toEqual([sentence]);
  });

  test('one that still runs has not failed', () => {
    const running = schedule({ lastScheduleTime: '2026-11-02T00:00:00Z', active: [{ name: 'db-backup-1' }] });
    expect(findingsOn([READY, running])).toEqual([]);
  });

  test('a volume, connections and a service that are nearly full, and a database that is not there', () => {
    const services = [
      { name: 'mail', database: 'maildb', bytes: 1, sessions: 20, connectionLimit: 20, begun: [] },
      { name: 'orders', database: 'ordersdb', bytes: undefined, sessions: 0, connectionLimit: 20, begun: [] },
    ];
    expect(findingsOn([READY, claim('Bound')], { bytes: 5 * 2 ** 30, connections: { open: 80, most: 100 } }, services)).toEqual([
      'server: 80 of 100 connections are open; raise postgresql.maxConnections, or close some',
      'volume db-data: databases and log are 5120 MB of 6144 MB; raise persistence.size before it is full',
      'mail: 20 sessions are open in maildb, of a connectionLimit of 20; raise it, or look for what does not close them',
      'orders: there is no database ordersdb; provisioning has not made it',
    ]);
  });

  test('a schema file that was begun outside a transaction and is not done, and a service into which nobody can look', () => {
    const mail = { name: 'mail', database: 'maildb', bytes: 1, sessions: 0, connectionLimit: 20, begun: ['002_i.sql'] };
    expect(findingsOn([READY], {}, [mail, { ...mail, name: 'orders', begun: 'nobody can look: it is locked' }])).toEqual([
      'mail: schema file 002_i.sql was begun outside a transaction and is not done: a run is at it, or was broken off there; shared-postgresql logs provisioning says which, and the next run goes on where it was',
      'orders: nobody can look: it is locked',
    ]);
  });
});
