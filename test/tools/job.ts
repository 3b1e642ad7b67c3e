import { unprivileged } from '../../generator/laptop/identity.ts';
import { at, listAt, pick, textsAt, type Manifest } from './manifests.ts';
import { runPod, startPod, type JobResult, type Running } from './pod.ts';
import type { SmallVolume } from './small-volume.ts';

export type { JobResult, Running } from './pod.ts';

/**
 * Runs the provisioning Job as it was rendered: its command, its environment and its volumes, filled from the rendered
 * ConfigMaps and Secrets. Only what a cluster would add is put in its place: where the volumes lie, and where the server is.
 */
export function runJob(
  manifests: readonly Manifest[],
  port: number,
  environment: Record<string, string> = {},
): Promise<JobResult> {
  return runPod(manifests, at(pick(manifests, 'Job'), 'spec', 'template', 'spec'), port, environment);
}

/** Runs the pod of `helm test` in the same way. */
export function runHelmTest(
  manifests: readonly Manifest[],
  port: number,
  environment: Record<string, string> = {},
): Promise<JobResult> {
  return runPod(manifests, at(pick(manifests, 'Pod'), 'spec'), port, environment);
}

/** Runs the pod that backs the services up, as somebody who may start a server, with a folder of theirs in the place of its volume. */
export function runBackup(
  manifests: readonly Manifest[],
  port: number,
  backups: string,
  { script = 'run.sh', environment = {} }: { script?: string; environment?: Record<string, string> } = {},
): Promise<JobResult> {
  return runPod(manifests, backupPod(manifests, script), port, { BACKUPS: backups, ...environment }, unprivileged());
}

/** Dumps with a volume of this size, as mount has it, which is gone afterwards: what is on it at the end is printed. */
export function runBackupOnSmallDisk(
  manifests: readonly Manifest[],
  port: number,
  backups: string,
  size: string,
): Promise<JobResult> {
  const script =
    'mount -t tmpfs -o "size=$SIZE" none "$BACKUPS" && { "$@"; code=$?; find "$BACKUPS" -mindepth 2 -printf "%P\\n"; exit $code; }';
  const rendered = JSON.stringify(backupPod(manifests, 'backup.sh'));
  const command = JSON.stringify(['unshare', '--mount', 'sh', '-c', script, 'sh', 'bash']).slice(1, -1);
  const pod: unknown = JSON.parse(rendered.replace('"command":["bash"', () => `"command":[${command}`));
  return runPod(manifests, pod, port, { BACKUPS: backups, SIZE: size });
}

function backupPod(manifests: readonly Manifest[], script: string): unknown {
  const rendered = JSON.stringify(podOf(manifests, '-backup'));
  return JSON.parse(rendered.replace('/backup/scripts/run.sh', `/backup/scripts/${script}`));
}

/** Runs the Job that somebody makes of this CronJob, with that folder as its volume of backups. Refuses what its container does not know. */
export function runMade(
  manifests: readonly Manifest[],
  port: number,
  {
    name,
    backups,
    environment,
  }: { readonly name: string; readonly backups: string; readonly environment: Record<string, string> },
): Promise<JobResult> {
  const pod = at(pick(manifests, 'CronJob', name), 'spec', 'jobTemplate', 'spec', 'template', 'spec');
  const known = listAt(pod, 'containers')
    .flatMap((each) => listAt(each, 'env'))
    .map((each) => textsAt(each)['name']);
  const unknown = Object.keys(environment).filter((variable) => !known.includes(variable));
  if (unknown.length > 0) throw new Error(`${name} knows nothing of ${unknown.join(', ')}`);
  return runPod(manifests, pod, port, { BACKUPS: backups, ...environment }, unprivileged());
}

/** Runs the pod that restores the backups of that folder on a later major. */
export function runTrial(
  manifests: readonly Manifest[],
  major: number,
  backups: string,
  environment: Record<string, string>,
): Promise<JobResult> {
  const pod = podOf(manifests, `-trial-${major}`);
  return runPod(manifests, pod, 5432, { BACKUPS: backups, ...environment }, unprivileged());
}

/** Runs the pod that brings the copies of backups back, into that folder. */
export function runFetch(
  manifests: readonly Manifest[],
  backups: string,
  environment: Record<string, string>,
): Promise<JobResult> {
  return runPod(manifests, podOf(manifests, '-fetch'), 0, { BACKUPS: backups, ...environment }, unprivileged());
}

/** Runs the pod that brings a service back, with what its Job is given, from that folder. */
export function runRestore(
  manifests: readonly Manifest[],
  port: number,
  backups: string,
  environment: Record<string, string>,
): Promise<JobResult> {
  return runPod(manifests, podOf(manifests, '-restore'), port, { BACKUPS: backups, ...environment }, unprivileged());
}

/**
 * Runs one of the containers that come before the server, as somebody who may start one, with folders in the place of its volume and programs of the major that
 * its image has.
 */
export function runBeforeServer(
  manifests: readonly Manifest[],
  name: string,
  environment: Record<string, string>,
): Promise<JobResult> {
  return runPod(manifests, beforeServer(manifests, name), 0, environment, unprivileged());
}

/** The same for whoever does not let it end, with words before its command, which then begins as who runs this. */
export function startBeforeServer(
  manifests: readonly Manifest[],
  name: string,
  environment: Record<string, string>,
  within: readonly string[] = [],
): Running {
  return startPod({ manifests, pod: beforeServer(manifests, name), name, within }, environment, unprivileged());
}

function beforeServer(manifests: readonly Manifest[], name: string): unknown {
  const pod = at(pick(manifests, 'StatefulSet'), 'spec', 'template', 'spec');
  const containers = listAt(pod, 'initContainers').filter((each) => at(each, 'name') === name);
  return { volumes: listAt(pod, 'volumes'), containers };
}

/** Runs the pod that makes the last backup of locked services, into that folder. */
export function runFinal(
  manifests: readonly Manifest[],
  port: number,
  backups: string,
  environment: Record<string, string> = {},
): Promise<JobResult> {
  return runPod(manifests, podOf(manifests, '-final'), port, { BACKUPS: backups, ...environment }, unprivileged());
}

/** The pod of the CronJob whose name ends so. */
function podOf(manifests: readonly Manifest[], suffix: string): unknown {
  const cronJob = manifests.find(({ kind, metadata }) => kind === 'CronJob' && metadata.name.endsWith(suffix));
  return at(cronJob, 'spec', 'jobTemplate', 'spec', 'template', 'spec');
}

/** The container that watches over the server; no reserve of this machine's disk is kept for that. */
export function startWatch(manifests: readonly Manifest[], port: number, environment: Record<string, string> = {}): Running {
  const pod = at(pick(manifests, 'StatefulSet'), 'spec', 'template', 'spec');
  return startPod({ manifests, pod, name: 'watch' }, { PGPORT: String(port), VOLUME: '/nowhere', ...environment });
}

/** The same beside a server whose volume only that process sees. */
export function startWatchOver(manifests: readonly Manifest[], { port, volume, pid }: SmallVolume): Running {
  const rendered = JSON.stringify(at(pick(manifests, 'StatefulSet'), 'spec', 'template', 'spec'));
  const { uid = 0, gid = 0 } = unprivileged() ?? {};
  const script = `chown -R ${uid}:${gid} "$PROVISIONING/.."; exec setpriv --reuid ${uid} --regid ${gid} --clear-groups "$@"`;
  const inside = ['nsenter', `--mount=/proc/${pid}/ns/mnt`, 'sh', '-c', script, 'sh', 'bash'];
  const command = JSON.stringify(inside).slice(1, -1);
  const pod: unknown = JSON.parse(
    rendered.replace('"command":["bash","/provisioning', () => `"command":[${command},"/provisioning`),
  );
  return startPod({ manifests, pod, name: 'watch' }, { PGPORT: String(port), VOLUME: volume });
}

/** The container that receives the write-ahead log, into that folder, as somebody who may start a server. */
export function startArchive(
  manifests: readonly Manifest[],
  port: number,
  backups: string,
  programs: Record<string, string> = {},
): Running {
  const environment = { PGPORT: String(port), BACKUPS: backups, ...programs };
  const pod = at(pick(manifests, 'Deployment'), 'spec', 'template', 'spec');
  return startPod({ manifests, pod, name: 'archive' }, environment, unprivileged());
}

/** The same with a volume of this size, of which all but the room for one piece of the log is taken until a file is there. */
export function startArchiveOnSmallDisk(
  manifests: readonly Manifest[],
  port: number,
  { backups, release }: { readonly backups: string; readonly release: string },
): Running {
  const script = `mount -t tmpfs -o size=128m none "$BACKUPS" && head --bytes 104M /dev/zero >"$BACKUPS/other" &&
    { while ! [ -e "$RELEASE" ]; do sleep 0.2; done; rm "$BACKUPS/other"; } & sleep 1; exec "$@"`;
  const command = JSON.stringify(['unshare', '--mount', 'sh', '-c', script, 'sh', 'bash']).slice(1, -1);
  const rendered = JSON.stringify(at(pick(manifests, 'Deployment'), 'spec', 'template', 'spec'));
  const pod: unknown = JSON.parse(rendered.replace('"command":["bash"', () => `"command":[${command}`));
  return startPod({ manifests, pod, name: 'archive' }, { PGPORT: String(port), BACKUPS: backups, RELEASE: release });
}

/** The pod of the provisioning Job, for whoever does not let it end. */
export function startProvisioning(manifests: readonly Manifest[], port: number): Running {
  const pod = at(pick(manifests, 'Job'), 'spec', 'template', 'spec');
  return startPod({ manifests, pod, name: 'provisioning' }, { PGPORT: String(port) });
}

/** The pod that makes backups, brings a service back, or makes the last backup, for whoever does not let it end. */
export function startJob(
  manifests: readonly Manifest[],
  name: 'backup' | 'restore' | 'final',
  port: number,
  environment: Record<string, string>,
): Running {
  return startPod(
    { manifests, pod: podOf(manifests, `-${name}`), name },
    { PGPORT: String(port), ...environment },
    unprivileged(),
  );
}

/** The container that copies the backups of that folder elsewhere. */
export function startCopy(manifests: readonly Manifest[], backups: string, environment: Record<string, string>): Running {
  return startPod(
    { manifests, pod: podOf(manifests, '-backup'), name: 'copy' },
    { BACKUPS: backups, ...environment },
    unprivileged(),
  );
}
