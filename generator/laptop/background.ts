import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Home } from './home.ts';
import { LaptopError } from './laptop-error.ts';
import { isAlive, type Running } from './lock.ts';

export const backgroundLogOf = ({ folder }: Home): string => join(folder, 'dev.log');

/** How a program in the background ended that was not to end. */
export interface Failure {
  readonly code: number;
  readonly said: string;
}

/** Starts this very program in the background with other arguments, and waits until it is ready; gives the services that are not well, or how it ended. */
export async function startInBackground(home: Home, args: readonly string[]): Promise<readonly string[] | Failure> {
  const file = openSync(backgroundLogOf(home), 'w', 0o600);
  const [, program = ''] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
    detached: true,
    stdio: ['ignore', file, file, 'ipc'],
  });
  closeSync(file);
  const outcome = await new Promise<readonly string[] | Failure>((resolve, reject) => {
    child.on('message', (unfinished) => resolve(Array.isArray(unfinished) ? unfinished.map(String) : []));
    child.on('error', reject);
    child.on('exit', (code) => resolve({ code: code ?? 1, said: readFileSync(backgroundLogOf(home), 'utf8').trimEnd() }));
  });
  if ('said' in outcome) return outcome;
  child.disconnect();
  child.unref();
  return outcome;
}

/** Tells whoever started this program in the background that it is ready, but for these services. */
export function sayReady(unfinished: readonly string[]): void {
  process.send?.(unfinished);
}

/** How long a server is waited for that shuts down, in milliseconds, and how often somebody looks. */
const LONGEST_SHUTDOWN = 60_000;
const EVERY = 50;

/** Stops a server as Ctrl-C would stop it; the dev that keeps it ends with it. Throws LaptopError when it does not end. */
export async function stopRunning({ pid }: Running): Promise<void> {
  process.kill(pid, 'SIGINT');
  for (let waited = 0; isAlive(pid); waited += EVERY) {
    if (waited > LONGEST_SHUTDOWN) throw new LaptopError(`process ${pid} has not ended after ${LONGEST_SHUTDOWN / 1000} s`);
    await sleep(EVERY);
  }
}
