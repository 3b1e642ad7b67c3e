import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Server } from '../tools/server.ts';

/** Linux counts in these, whatever the machine. */
const TICKS_A_SECOND = 100;

/** Where utime and its like stand in /proc/<pid>/stat, behind the name of the program. */
const OF_ENDED = [13, 14];
const OWN_AND_OF_ENDED = [11, 12, ...OF_ENDED];

/** Seconds of processor time that programs of this process and sessions of the server have taken that ended: what else the machine does is not in it. */
export function processorSeconds({ data }: Server): number {
  const server = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n', 1).join('');
  // Programs are started by a process of their own (run.ts).
  const starters = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const ticks = [...starters, 'self'].map((pid) => ticksOf(pid, OF_ENDED)).reduce((sum, each) => sum + each, 0);
  return (ticks + ticksOf(server, OWN_AND_OF_ENDED)) / TICKS_A_SECOND;
}

function ticksOf(pid: string, places: readonly number[]): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  return places.reduce((sum, place) => sum + Number(fields[place]), 0);
}
