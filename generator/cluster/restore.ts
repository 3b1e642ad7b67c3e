import { isRecord, valueAt } from '../generate/fields.ts';
import { ClusterError } from './cluster-error.ts';
import type { ReleaseName } from './deployment.ts';
import { listAt, textAt } from './fields.ts';
import type { Started } from './job.ts';
import { create, get } from './kubectl.ts';

/** What the Job is given: SERVICES, FROM, TO, AT, as docs/backup.md has them. What is empty is not asked for. */
export type Given = Readonly<Record<string, string>>;

/** Starts a Job of the CronJob that brings services back. Throws ClusterError. */
export async function startRestore({ release, ...place }: ReleaseName, given: Given): Promise<Started> {
  const labels = `app.kubernetes.io/instance=${release},app.kubernetes.io/component=restore,app.kubernetes.io/part-of=shared-postgresql`;
  const [cronJob] = listAt(await get(['cronjobs', '--selector', labels], place), 'items');
  if (cronJob === undefined)
    throw new ClusterError(
      `release ${release} has no backups in this namespace.`,
      'Name them with --release and --namespace; backup.schedule in values.yaml turns backups on.',
    );
  const made = await create(jobOf(cronJob, given), { ...place, namespace: textAt(cronJob, 'metadata', 'namespace') });
  return { ...place, job: textAt(made, 'metadata', 'name'), namespace: textAt(made, 'metadata', 'namespace') };
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
