import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART } from '../generate/read/project.ts';
import { check, type Check } from '../server/checks.ts';
import { ClusterError } from './cluster-error.ts';
import type { ClusterDeployment, ReleaseName } from './deployment.ts';
import { listAt, textAt } from './fields.ts';
import { JUDGES } from './judge.ts';
import { execIn, get } from './kubectl.ts';
import type { ClusterState } from './state.ts';

/** Whether every service has a backup that was rehearsed, as the nights tell. */
export function checkBackups(state: ClusterState, isWithout: boolean): Check {
  const nights = state.schedules.filter(({ component }) => component === 'backup');
  const [night] = nights;
  if (night === undefined)
    return check('backups', [
      !isWithout &&
        'backup.schedule is on in the values, and the cluster has no CronJob for it; deploy it, or say --without-backup',
    ]);
  const never = night.lastDone === '' ? [`backup: no night of CronJob ${night.name} ended well yet`] : [];
  const amiss =
    never.length > 0 ? never : JUDGES.schedules({ state: { ...state, schedules: nights }, usage: undefined, services: [] });
  const first = `kubectl create job --from=cronjob/${night.name} before-the-upgrade`;
  return check(
    'backups',
    isWithout ? [] : amiss.map((each) => `${each}; ${first} makes and rehearses one now, --without-backup goes without`),
    [
      night.lastDone !== '' &&
        `every service was backed up and rehearsed on ${night.lastDone}: what was written since is in the volume alone; ${first}`,
    ],
  );
}

const TRIAL = 'a trial';

/** Whether every newest backup was restored on that major before. Nothing is in the way where none was. */
export async function checkTrial({ release, ...place }: ReleaseName, to: number): Promise<Check> {
  const labels = `app.kubernetes.io/instance=${release},app.kubernetes.io/part-of=shared-postgresql,app.kubernetes.io/component=trial`;
  const trials = listAt(await get(['cronjobs', '--selector', labels], place), 'items');
  const trial = trials.find((each) => textAt(each, 'metadata', 'name').endsWith(`-${to}`));
  if (trial === undefined)
    return check(
      TRIAL,
      [],
      [
        `there was none: with backup.schedule and backup.rehearsal.upgradeTo.version: '${to}' every newest backup is restored by PostgreSQL ${to} while the server serves (docs/upgrade.md)`,
      ],
    );
  const done = textAt(trial, 'status', 'lastSuccessfulTime');
  const name = textAt(trial, 'metadata', 'name');
  return check(
    TRIAL,
    [],
    [
      done === ''
        ? `none ended well yet; kubectl create job --from=cronjob/${name} ${name} makes one`
        : `every newest backup could be restored by PostgreSQL ${to} on ${done}`,
    ],
  );
}

/** Where nobody can ask. */
export const UNSEEN_TRIAL = check(TRIAL, [], ['only kubectl tells whether there was one (docs/upgrade.md)']);

/** Whether the volume has room for both majors. */
export async function checkRoom(deployment: ClusterDeployment, { pods }: ClusterState, major: number): Promise<Check> {
  const what = 'room on the volume';
  const server = pods.find(({ component }) => component === 'server');
  if (server === undefined) return check(what, ['the server has no pod; shared-postgresql status says why']);
  const { context, namespace } = deployment;
  try {
    const former = `FORMER=/var/lib/postgresql/${major}/docker`;
    const script = readFileSync(join(CHART, 'upgrade/room.sh'), 'utf8');
    const printed = await execIn({ context, namespace, pod: server.name, container: 'postgresql' }, [
      'env',
      former,
      'bash',
      '-c',
      script,
    ]);
    return judgeRoom(what, printed.trim().split(' ').map(Number));
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return unseenRoom(error.what);
  }
}

function judgeRoom(what: string, [used = NaN, free = NaN, wanted = NaN]: readonly number[]): Check {
  const told = `the data takes ${used} MiB, ${free} are free, and the upgrade wants ${wanted}`;
  return free > wanted ? check(what, [], [told]) : check(what, [`${told}; enlarge persistence.size`]);
}

/** Where nobody can look: the upgrade itself says it, before it changes anything. */
export function unseenRoom(why: string): Check {
  return check(
    'room on the volume',
    [],
    [`it was not looked at: ${why}; where it is too little, the container take-over says so, and nothing is changed`],
  );
}
