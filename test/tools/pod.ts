import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '../../generator/laptop/identity.ts';
import { killWithDescendants } from '../../generator/laptop/scripts.ts';
import { temporaryFolder } from './folders.ts';
import { at, hasKey, listAt, textsAt, type Manifest } from './manifests.ts';
import { run, runOk, type Result } from './run.ts';
import { mountVolume, type Mounting } from './volumes.ts';

export interface JobResult extends Result {
  /** What the container's command took, without what a cluster does around it. */
  readonly seconds: number;
}

export async function runPod(
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

interface Started {
  readonly manifests: readonly Manifest[];
  readonly pod: unknown;
  readonly name: string;
  readonly within?: readonly string[];
}

export function startPod(
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
