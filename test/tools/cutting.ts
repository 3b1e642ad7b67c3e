import { chmodSync, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { handOver, unprivileged } from '../../generator/laptop/identity.ts';
import { writeFiles } from './deployment.ts';
import { temporaryFolder } from './folders.ts';
import { startBeforeServer, type Running } from './job.ts';
import { environmentOf, type Step, type Volume } from './upgrade.ts';

/*
 * The containers before the server as in a cluster: the command is process 1, all that it starts ends with it, and who starts next finds the numbers of processes
 * given anew. They are cut off before one of the commands of their scripts, which a run that was not cut off has listed.
 */

/** A command of a script, before which a step is cut off. */
export interface Place {
  readonly step: Step;
  /** File, line and command. */
  readonly command: string;
}

/** A `flock` that waits for no lock for 20 s. */
export const IMPATIENT = '#!/bin/bash\nPATH=${PATH#*:} exec flock "${@/#20/0}"\n';

/** A PATH on which that comes first. */
export function impatiently(volume: Volume, step: Step): Record<string, string> {
  const folder = temporaryFolder();
  writeFiles(folder, { flock: IMPATIENT });
  for (const path of [folder, join(folder, 'flock')]) chmodSync(path, 0o755);
  return { PATH: [folder, environmentOf(volume, step)['PATH'] ?? ''].join(':') };
}

function contained(): string[] {
  const { uid, gid } = unprivileged() ?? { uid: 0, gid: 0 };
  const whose = ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  return ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', ...whose];
}

/** Where a step writes down how far it is. */
function newList(): string {
  const folder = temporaryFolder();
  handOver(folder);
  return join(folder, 'places');
}

function startContained(volume: Volume, step: Step, further: Record<string, string> = {}): Running {
  return startBeforeServer(volume.manifests, step, { ...environmentOf(volume, step), ...further }, contained());
}

const tracing = (list: string): Record<string, string> => ({ BASH_ENV: join(import.meta.dirname, 'places.sh'), PLACES: list });

/** Runs a step to its end; gives every command that it came to, in the order in which it first did. */
export async function listPlaces(volume: Volume, step: Step): Promise<Place[]> {
  const list = newList();
  const running = startContained(volume, step, tracing(list));
  const code = await running.ended;
  expect(code, running.output()).toBe(0);
  const commands = readFileSync(list, 'utf8').trim().split('\n');
  return [...new Set(commands)].map((command) => ({ step, command }));
}

interface Cut {
  readonly running: Running;
  /** Undefined for as long as it waits. */
  readonly code: number | null | undefined;
}

/** Starts a step, and waits until it is before that command, or has ended, as some commands are for what an earlier run left. */
async function startUntil(volume: Volume, { step, command }: Place): Promise<Cut> {
  const list = newList();
  const running = startContained(volume, step, { ...tracing(list), CUT: command });
  let code: number | null | undefined;
  void running.ended.then((ended) => (code = ended));
  await expect.poll(() => existsSync(`${list}.cut`) || code !== undefined, { timeout: 120_000, interval: 20 }).toBe(true);
  return { running, code };
}

/** A step that waits before that command, with all that it has. */
export async function holdAt(volume: Volume, place: Place): Promise<Running> {
  const { running, code } = await startUntil(volume, place);
  expect(code, running.output()).toBe(undefined);
  return running;
}

/** Kills a step before that command. Gives whether it came there. */
export async function cutOff(volume: Volume, place: Place): Promise<boolean> {
  const { running, code } = await startUntil(volume, place);
  if (code !== undefined) {
    expect(code, running.output()).toBe(0);
    return false;
  }
  running.kill();
  await running.ended;
  await expect.poll(() => processesIn(volume.folder), { timeout: 20_000, interval: 20 }).toEqual([]);
  return true;
}

/** Those of a server whose data lies there. */
function processesIn(folder: string): string[] {
  const isThere = (pid: string): boolean => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isThere(name));
}
