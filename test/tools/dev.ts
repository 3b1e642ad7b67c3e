import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { isAlive } from '../../generator/laptop/lock.ts';
import { BIN, startProgram } from './program.ts';
import type { Result } from './run.ts';

/** A folder with a values.yaml, in which the command dev is run. */
export interface Laptop {
  /** Runs dev to its end. */
  dev(...args: string[]): Promise<Result>;
  /** Starts dev. */
  begin(...args: string[]): Running;
  /** Starts dev and waits until it is ready. */
  start(...args: string[]): Promise<Running>;
  /** The variables of an .env file. */
  environment(login: string): Record<string, string | undefined>;
  /** The process of the server that runs, by PostgreSQL's own lock; undefined when there is none. */
  server(): number | undefined;
}

export interface Running {
  output(): string;
  /** Waits until what it says from here on has something, after an act. Throws with all that it said when it does not. */
  says(text: string | RegExp, act?: () => unknown): Promise<void>;
  /** Sends a signal, and gives the exit code. */
  signal(name: NodeJS.Signals): Promise<number | null>;
  readonly ended: Promise<number | null>;
}

export function laptopIn(folder: string): Laptop {
  const environment = { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] };
  const begin = (...args: string[]): Running => startDev([BIN, 'dev', ...args], folder, environment);
  const state = join(folder, '.shared-postgresql');
  return {
    dev: (...args) => startProgram(['dev', ...args], { cwd: folder, env: environment }),
    begin,
    start: async (...args) => {
      const running = begin(...args);
      await running.says('Ctrl-C stops');
      return running;
    },
    environment: (login) => parseEnv(readFileSync(join(state, 'env', `${login}.env`), 'utf8')),
    server: () => {
      try {
        const pid = Number(readFileSync(join(state, 'server/data/postmaster.pid'), 'utf8').split('\n')[0]);
        return isAlive(pid) ? pid : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

/** How long it may take to say something, in milliseconds. */
const PATIENCE = 60_000;

/** Starts a command in a folder. */
export function startCommand(args: readonly string[], folder: string): Running {
  return startDev([BIN, ...args], folder, { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] });
}

function startDev(command: readonly string[], cwd: string, env: Record<string, string | undefined>): Running {
  const child = spawn(process.execPath, command, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  return {
    output: () => output,
    says: async (text, act) => {
      const from = act === undefined ? 0 : output.length;
      act?.();
      const isSaid = (): boolean =>
        typeof text === 'string' ? output.slice(from).includes(text) : text.test(output.slice(from));
      for (let waited = 0; !isSaid(); waited += 50) {
        if (waited > PATIENCE || child.exitCode !== null) throw new Error(`it did not say ${String(text)}, but:\n${output}`);
        await sleep(50);
      }
    },
    signal: (name) => {
      child.kill(name);
      return ended;
    },
    ended,
  };
}
