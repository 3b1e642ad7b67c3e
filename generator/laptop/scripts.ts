import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Generated } from '../generate/generate.ts';
import { orInterrupted } from './interruption.ts';
import type { Credentials } from '../server/passwords.ts';
import { unprivileged } from './identity.ts';
import type { Past } from './past.ts';
import { handOverPod, inPod, type Pod } from './pod.ts';

/** A server for the scripts of the pods: what libpq wants to know of it, and all passwords, the admin's as well. */
export interface Target extends Credentials {
  /** PGHOST, PGPORT, and PGSSL… */
  readonly variables: Readonly<Record<string, string>>;
}

export interface Script {
  readonly name: 'backup.sh' | 'restore.sh';
  /** The folder with the backups; made if it is missing. */
  readonly folder: string;
  /** What a Job of the cluster is given: SERVICES, FROM, AT, TO, MASK. */
  readonly given: Readonly<Record<string, string>>;
  /** For AT, which starts a server of its own. */
  readonly past?: Past | undefined;
  /** Hears every line. */
  readonly say: (line: string) => void;
}

/**
 * Runs a script of the backup pods on this machine, with what the pod would mount. Gives the names of what was not done; throws Interruption
 * when somebody ends it, and nothing of it runs on then.
 */
export async function runScript(generated: Generated, target: Target, script: Script): Promise<readonly string[]> {
  mkdirSync(script.folder, { recursive: true, mode: 0o700 });
  return inPod(generated, target, async (pod) => {
    const lines: string[] = [];
    if (script.past) handOverPod(pod);
    const child = start(pod, generated, target, script);
    const hear = (line: string): void => {
      lines.push(line);
      script.say(line);
    };
    const heard = [child.stdout, child.stderr].map((stream) => listen(stream, hear));
    const code = await untilItEnds(child);
    await Promise.all(heard);
    return code === 0 ? [] : unfinishedOf(lines);
  });
}

type Child = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };

/** A session of its own: psql asks the terminal for passwords where there is one. */
function start(pod: Pod, generated: Generated, target: Target, { name, folder, given, past }: Script): Child {
  return spawn('bash', ['--noprofile', '--norc', join(pod.backup, 'scripts', name)], {
    detached: true,
    cwd: pod.root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // PostgreSQL refuses root.
    ...(past ? unprivileged() : {}),
    env: {
      ...withoutPostgresql(process.env),
      // Else libpq shows what it finds in the person's folder, and the server refuses whom another authority signed.
      PGSSLCERT: join(pod.work, 'none'),
      ...target.variables,
      ...environmentOf(pod, generated),
      ...given,
      // Nobody receives the log in a copy.
      ...(past ? { PATH: [past.bin, process.env['PATH']].join(delimiter), SCRATCH: past.scratch, LOG_SECONDS: '0' } : {}),
      BACKUPS: resolve(folder),
    },
  });
}

function environmentOf(pod: Pod, { model }: Generated): Record<string, string> {
  const { deadline, days, least } = model.backup;
  return {
    PROVISIONING: pod.provisioning,
    BACKUP: pod.backup,
    SCRATCH: pod.scratch,
    WORK: pod.work,
    TMPDIR: pod.scratch,
    LC_ALL: 'C',
    WAIT_SECONDS: '30',
    SERVICE_SECONDS: String(deadline),
    SCHEMA_FILE_SECONDS: String(model.schemaFileDeadline),
    KEEP_DAYS: String(days),
    KEEP_LEAST: String(least),
  };
}

/** Another server's variables, and what bash would run before the script. */
export function withoutPostgresql(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !/^(PG|BASH_ENV$|ENV$|SERVICES$|FROM$|TO$|AT$|MASKS?$|UNTIL$|TOOL$)/.test(name),
    ),
  );
}

async function listen(stream: Readable, hear: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) hear(line);
}

async function untilItEnds(child: Child): Promise<number> {
  const ended = new Promise<number>((settle, reject) => {
    child.on('error', reject);
    child.on('close', (code) => settle(code ?? 1));
  });
  try {
    return await orInterrupted(ended);
  } finally {
    if (child.pid !== undefined && child.exitCode === null) killWithDescendants(child.pid);
    await ended.catch(() => undefined);
  }
}

/** Kills a process and all that it started. Its process group is not enough: timeout makes one of its own. */
export function killWithDescendants(pid: number): void {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const parents = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/).map(Number));
  const childrenOf = (parent: number): number[] =>
    parents.flatMap(([own = 0, its]) => (its === parent ? [own, ...childrenOf(own)] : []));
  for (const each of [pid, ...childrenOf(pid)]) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** The names that the last lines of the scripts have. */
export function unfinishedOf(lines: readonly string[]): readonly string[] {
  const names = lines.flatMap((line) => /^not (?:backed up|restored): *(.*?) *$/.exec(line)?.[1]?.split(' ') ?? []);
  return names.length > 0 ? names : ['server'];
}
