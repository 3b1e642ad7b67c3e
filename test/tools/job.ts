import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './folders.ts';
import { at, hasKey, listAt, pick, textsAt, type Manifest } from './manifests.ts';
import { run, runOk, type Result } from './run.ts';
import type { SmallVolume } from './small-volume.ts';
import { mountVolume, type Mounting } from './volumes.ts';
import { unprivileged, type Identity } from '../../generator/laptop/identity.ts';
import { killWithDescendants } from '../../generator/laptop/scripts.ts';
import { execFileSync, spawn } from 'node:child_process';

export interface JobResult extends Result {
  /** What the container's command took, without what a cluster does around it. */
  readonly seconds: number;
}

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
  return start({ manifests, pod: beforeServer(manifests, name), name, within }, environment, unprivileged());
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

async function runPod(
  manifests: readonly Manifest[],
  pod: unknown,
  port: number,
  environment: Record<string, string>,
  identity?: Identity,
): Promise<JobResult> {
  const root = temporaryFolder();
  const memory = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : root, 'shared-postgresql-'));
  const here = { PGHOST: '127.0.0.1', PGPORT: String(port), ...environment };
  try {
    return await runIn({ root, memory, manifests, pod }, here, identity);
  } finally {
    rmSync(memory, { recursive: true });
    rmSync(root, { recursive: true });
  }
}

/** Where a volume in memory lies, as an emptyDir with that medium does in a cluster. */
const MEMORY = '/dev/shm';

async function runIn(
  mounting: Mounting & { root: string },
  environment: Record<string, string>,
  identity?: Identity,
): Promise<JobResult> {
  const containers = ['initContainers', 'containers'].filter((key) => hasKey(mounting.pod, key));
  const commands = containers.flatMap((key) => listAt(mounting.pod, key)).map((each) => laidOut(mounting, each, environment));
  if (identity) await runOk('chown', ['-R', `${identity.uid}:${identity.gid}`, mounting.root, mounting.memory]);
  const started = performance.now();
  const result = await runInTurn(commands, identity);
  return { ...result, seconds: (performance.now() - started) / 1000 };
}

/** One after the other while each ends well, as a pod does with its init containers before the one that does the work. */
async function runInTurn([first, ...rest]: readonly LaidOut[], identity?: Identity): Promise<Result> {
  if (!first) throw new Error('the pod has no container');
  // A session of its own: psql asks a terminal for passwords when there is one, and a container has none.
  const result = await run(first.program, first.args, { detached: true, env: first.env, ...identity, cwd: '/' });
  if (result.code !== 0 || rest.length === 0) return result;
  const last = await runInTurn(rest, identity);
  return { ...last, output: result.output + last.output };
}

interface LaidOut {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Record<string, string | undefined>;
}

/** A container's command, with its volumes laid out below a folder, and what it mounts named by its place there. */
function laidOut(
  { root, ...mounting }: Mounting & { root: string },
  container: unknown,
  environment: Record<string, string>,
): LaidOut {
  const mounts = listAt(container, 'volumeMounts').map((mount) => textsAt(mount));
  for (const { name = '', mountPath = '' } of mounts) mountVolume(mounting, name, join(root, mountPath));
  const here = (text: string): string =>
    text.startsWith('/') &&
    mounts.some(
      ({ mountPath = '' }) => mountPath === text || text.startsWith(`${mountPath}/`) || mountPath.startsWith(`${text}/`),
    )
      ? join(root, text)
      : text;
  const declared = listAt(container, 'env').map((entry) => textsAt(entry));
  const [program = '', ...args] = listAt(container, 'command').map((word) => here(String(word)));
  return {
    program,
    args,
    env: {
      PATH: process.env['PATH'],
      TMPDIR: join(root, 'tmp'),
      ...Object.fromEntries(declared.map(({ name = '', value = '' }) => [name, here(value)])),
      ...environment,
    },
  };
}

/** A container that runs until it is stopped, as it was rendered. */
export interface Running {
  /** Below it lies what is mounted. */
  readonly root: string;
  /** What it printed so far. */
  output(): string;
  stop(): void;
  /** Without notice, with all that it started. */
  kill(): void;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/** The container that watches over the server; no reserve of this machine's disk is kept for that. */
export function startWatch(manifests: readonly Manifest[], port: number, environment: Record<string, string> = {}): Running {
  const pod = at(pick(manifests, 'StatefulSet'), 'spec', 'template', 'spec');
  return start({ manifests, pod, name: 'watch' }, { PGPORT: String(port), VOLUME: '/nowhere', ...environment });
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
  return start({ manifests, pod, name: 'watch' }, { PGPORT: String(port), VOLUME: volume });
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
  return start({ manifests, pod, name: 'archive' }, environment, unprivileged());
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
  return start({ manifests, pod, name: 'archive' }, { PGPORT: String(port), BACKUPS: backups, RELEASE: release });
}

/** The pod of the provisioning Job, for whoever does not let it end. */
export function startProvisioning(manifests: readonly Manifest[], port: number): Running {
  const pod = at(pick(manifests, 'Job'), 'spec', 'template', 'spec');
  return start({ manifests, pod, name: 'provisioning' }, { PGPORT: String(port) });
}

/** The pod that makes backups, brings a service back, or makes the last backup, for whoever does not let it end. */
export function startJob(
  manifests: readonly Manifest[],
  name: 'backup' | 'restore' | 'final',
  port: number,
  environment: Record<string, string>,
): Running {
  return start({ manifests, pod: podOf(manifests, `-${name}`), name }, { PGPORT: String(port), ...environment }, unprivileged());
}

/** The container that copies the backups of that folder elsewhere. */
export function startCopy(manifests: readonly Manifest[], backups: string, environment: Record<string, string>): Running {
  return start(
    { manifests, pod: podOf(manifests, '-backup'), name: 'copy' },
    { BACKUPS: backups, ...environment },
    unprivileged(),
  );
}

interface Started {
  readonly manifests: readonly Manifest[];
  readonly pod: unknown;
  readonly name: string;
  readonly within?: readonly string[];
}

function start(
  { manifests, pod, name, within = [] }: Started,
  environment: Record<string, string>,
  identity?: Identity,
): Running {
  const root = temporaryFolder();
  const memory = join(root, 'memory');
  mkdirSync(memory);
  const container = listAt(pod, 'containers').find((each) => at(each, 'name') === name);
  const mounting = { root, manifests, pod, memory };
  const { program, args, env } = laidOut(mounting, container, { PGHOST: '127.0.0.1', ...environment });
  if (identity) execFileSync('chown', ['-R', `${identity.uid}:${identity.gid}`, root]);
  const [command = '', ...words] = [...within, program, ...args];
  const whose = within.length === 0 ? identity : {};
  const child = spawn(command, words, { detached: true, env, ...whose, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const unlessEnded = (end: (pid: number) => void): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) end(child.pid);
  };
  return {
    root,
    output: () => output,
    stop: () => unlessEnded((pid) => process.kill(-pid, 'SIGTERM')),
    kill: () =>
      unlessEnded((pid) => {
        killWithDescendants(pid);
        // Those whose parents ended before.
        process.kill(-pid, 'SIGKILL');
      }),
    ended,
  };
}
