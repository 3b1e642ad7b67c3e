import { InputError } from '../generate/problem.ts';
import type { Draft } from '../helm/draft.ts';
import { runOwnHelm } from '../helm/program.ts';
import { ClusterError } from './cluster-error.ts';
import type { ReleaseName } from './deployment.ts';
import { numberAt, textAt } from './fields.ts';

/** A release as Helm keeps it, or would keep it. */
export interface Installed {
  readonly namespace: string;
  readonly revision: number;
  /** deployed, failed, pending-upgrade */
  readonly status: string;
  /** All its objects, Secrets with what they hold. */
  readonly manifest: string;
}

/** What Helm has of a release; undefined when there is none. Throws ClusterError when it cannot look. */
export async function readInstalled(where: ReleaseName): Promise<Installed | undefined> {
  const said = await runOwnHelm(['status', where.release, '--output', 'json', ...placeOf(where)]);
  if (!('failed' in said)) return installedIn(said.printed);
  if (said.failed.includes('release: not found')) return undefined;
  const hint = 'Nothing was changed. Look at `kubectl config current-context`, or name another context with --context.';
  throw new ClusterError(`Helm: ${said.failed}`, hint);
}

/** The release that an upgrade would make; changes nothing. Throws InputError with what Helm refuses. */
export async function foresee(where: ReleaseName, draft: Draft): Promise<Installed> {
  const said = await runOwnHelm([...upgradeTo(where, draft), '--dry-run=server']);
  if (!('failed' in said)) return installedIn(said.printed);
  const hint = 'The cluster is as it was. Mend what it says; docs/troubleshooting.md has some of its sentences.';
  throw new InputError([{ file: 'helm', message: `it does not take the chart: ${said.failed}`, hint }]);
}

/** Installs it, or upgrades to it, once it was foreseen: what the API says of its fields was asked then. Throws ClusterError with what Helm says when that fails. */
export async function upgrade(where: ReleaseName, draft: Draft, before: Installed | undefined): Promise<Installed> {
  const said = await runOwnHelm([...upgradeTo(where, draft), '--disable-openapi-validation']);
  if (!('failed' in said)) return installedIn(said.printed);
  throw new ClusterError(`Helm did not finish: ${said.failed}`, `${hintOn(said.failed)}${wayBack(where, before)}`);
}

/** What is known of a failure beside how to go back. */
export function hintOn(failed: string): string {
  const [, manager] = /\bconflicts? with "([^"]+)"/.exec(failed) ?? [];
  if (manager === undefined) return '';
  return `Somebody changed the object by ${manager}, and Helm 4 does not undo that unasked: put what was meant into values.yaml, and run helm upgrade once with --force-conflicts. `;
}

const upgradeTo = (where: ReleaseName, { chart, values }: Draft): string[] => [
  ...['upgrade', '--install', where.release, chart, '--values', values, '--output', 'json'],
  ...placeOf(where),
];

/** As both majors of Helm write it. */
function installedIn(printed: string): Installed {
  const data: unknown = JSON.parse(printed);
  return {
    namespace: textAt(data, 'namespace'),
    revision: numberAt(data, 'version'),
    status: textAt(data, 'info', 'status'),
    manifest: textAt(data, 'manifest'),
  };
}

function wayBack(where: ReleaseName, before: Installed | undefined): string {
  const place = before === undefined ? '' : ` --namespace ${before.namespace}`;
  const back =
    before?.status === 'deployed'
      ? `\`helm rollback ${where.release} ${before.revision}${place}\` takes them back`
      : `\`helm history ${where.release}${place}\` shows where it stands`;
  return `Some objects may be new already; databases and what is in them are as they were. Mend what it says, and deploy again; ${back}.`;
}

const placeOf = ({ context, namespace }: ReleaseName): string[] => [
  ...(namespace === undefined ? [] : ['--namespace', namespace]),
  ...(context === undefined ? [] : ['--kube-context', context]),
];
