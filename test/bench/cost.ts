import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a program and all that it started took, in seconds: by the clock, and of the processor, which others on the machine change less. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

interface Options {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** It is ended once it has printed such a line: what comes after that is not measured. */
  readonly until?: RegExp;
}

/** A shell that outlives what it measures also when both are told to end. */
const MEASURE = `trap : TERM; TIMEFORMAT='took %R %U %S'; time "$@"`;

/** Runs a program that must succeed, or print what it is run for. Throws with the end of what it said otherwise. */
export async function costOf(words: readonly string[], { until, input = '', ...options }: Options = {}): Promise<Cost> {
  const started = performance.now();
  const child = spawn('bash', ['-c', MEASURE, 'bash', ...words], { ...options, detached: true });
  child.stdin.on('error', () => undefined).end(input);
  let said = '';
  let reached: number | undefined;
  const hear = (line: string): void => {
    said = `${said}${line}\n`.slice(-4000);
    if (reached !== undefined || until?.test(line) !== true) return;
    reached = performance.now();
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  };
  createInterface({ input: child.stdout }).on('line', hear);
  createInterface({ input: child.stderr }).on('line', hear);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const took = /^took (\S+) (\S+) (\S+)$/m.exec(said);
  if (took === null || (until === undefined ? code !== 0 : reached === undefined)) throw new Error(said);
  const [wall, user, system] = took.slice(1).map(Number);
  return {
    wall: reached === undefined ? (wall ?? 0) : (reached - started) / 1000,
    cpu: (user ?? 0) + (system ?? 0),
  };
}
