import type { ObjectChange } from '../cluster/changes.ts';
import { ClusterError } from '../cluster/cluster-error.ts';
import { deploymentAt, findDeployment, type ReleaseName } from '../cluster/deployment.ts';
import type { Spot } from '../cluster/kubectl.ts';
import type { Generated } from '../generate/generate.ts';
import { listShort, LISTED } from '../generate/lists.ts';
import { printableLine } from '../generate/printable.ts';
import { readPlan, type PlannedStatement, type Progress } from '../server/plan.ts';
import { readRestarts } from '../server/restarts.ts';
import { reasonIn, ServerError } from './errors.ts';
import { count } from './lists.ts';
import { onDeployment } from './live-server.ts';
import { printStatements } from './plan-lines.ts';
import { aside, finding, note, result, type Line } from './talk.ts';

/** What a deployment would change. */
export interface Foreseen {
  readonly release: string;
  readonly namespace: string;
  /** Of the release, once it is done. */
  readonly revision: number;
  readonly objects: readonly ObjectChange[];
  /** What provisioning would run; left out where no server could be asked. */
  readonly statements?: readonly PlannedStatement[];
  /** Why none was asked. */
  readonly unasked?: string;
  /** What generating has to say: who is locked out, what restarts the server. */
  readonly notes: readonly string[];
}

/** What provisioning would run on the server of a release, if it can be asked; one that cannot may be what is about to be mended. */
export async function planInCluster(
  where: ReleaseName & Spot,
  generated: Generated,
  progress: Progress,
): Promise<Pick<Foreseen, 'statements' | 'unasked'>> {
  try {
    const { engine } = generated.model;
    const deployment = engine.address ? deploymentAt(engine.address, engine, where) : await findDeployment(where, engine);
    const statements = await onDeployment(deployment, async (connection) => [
      ...(await readPlan({ connection, generated, compare: 'changed', progress })),
      ...(await readRestarts(connection, generated)),
    ]);
    return { statements };
  } catch (error) {
    if (!(error instanceof ClusterError || error instanceof ServerError)) throw error;
    return { unasked: printableLine(reasonIn(error)) };
  }
}

/** Whether all is as the values say, as far as that was asked. */
export function isAllDone({ objects, statements }: Foreseen): boolean {
  return objects.length === 0 && statements !== undefined && statements.every(({ reported }) => reported);
}

/** What changes in Kubernetes, then in PostgreSQL. */
export function printForeseen(foreseen: Foreseen): Line[] {
  const { release, namespace, revision, notes } = foreseen;
  return [
    ...notes.map((each) => note(printableLine(`note: ${each}`))),
    result(`Kubernetes: release ${release} in namespace ${namespace}, revision ${revision}`),
    ...printObjects(foreseen),
    result('\nPostgreSQL:'),
    ...printServer(foreseen),
  ];
}

/** Most of what is added at a first install is the same for each service. */
function printObjects(foreseen: Foreseen): Line[] {
  const { objects, namespace } = foreseen;
  const job = isAllDone(foreseen) ? '' : '; the Job of provisioning runs again';
  if (objects.length === 0) return [aside(`  no object changes${job}`)];
  const shown = objects.filter(({ change }) => change !== 'added').concat(objects.filter(({ change }) => change === 'added'));
  return [
    ...shown.slice(0, MOST).map((each) => lineOf(each, namespace)),
    ...(shown.length > MOST ? [result(`  ... and ${count(shown.length - MOST, 'object')} more`)] : []),
  ];
}

/** Twice what other lists have: each line is an object. */
const MOST = 2 * LISTED;

const MARKS: Readonly<Record<ObjectChange['change'], string>> = { added: '+', changed: '~', removed: '-', kept: '-' };

function lineOf({ kind, name, namespace, change, fields, restarts }: ObjectChange, own: string): Line {
  const where = namespace === '' || namespace === own ? '' : ` in ${namespace}`;
  const rest = change === 'kept' ? ', which stays in the cluster' : fields.length > 0 ? `: ${listShort(fields)}` : '';
  const line = `  ${MARKS[change]} ${kind} ${name}${where}${rest}`;
  return restarts ? finding(`${line}\n      RESTARTS the server: its pod is made anew`) : result(line);
}

function printServer({ statements, unasked = '' }: Foreseen): Line[] {
  if (statements === undefined) return [note(`  not asked: ${unasked}`)];
  const needed = statements.filter(({ reported, danger }) => !reported || danger !== undefined);
  return needed.length === 0 ? [aside('  nothing to do')] : printStatements(needed);
}
