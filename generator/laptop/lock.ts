import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../generate/read/reasons.ts';
import { dataOf, type Home } from './home.ts';

/** A server that runs on the data of a home, by PostgreSQL's own lock (postmaster.pid). */
export interface Running {
  readonly pid: number;
  readonly port: number;
}

/**
 * The server that runs on this data already. A lock that a server left behind keeps PostgreSQL from starting when its number belongs to
 * another program now, as after a restart of the machine: then it gets a number that nobody has, and `tell` hears of it.
 */
export function findRunning(home: Home, tell: (line: string) => void): Running | undefined {
  const file = join(dataOf(home), 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const [pid = 0, port = 0] = [lines[0], lines[3]].map(Number);
  if (!(pid > 0) || !isAlive(pid)) return undefined;
  if (isPostgres(pid)) return { pid, port };
  // Not removed: PostgreSQL finds in it whether processes of the former server still use the data.
  writeFileSync(file, [NOBODY, ...lines.slice(1)].join('\n'));
  tell(`the server of ${dataOf(home)} ended without removing its lock; process ${pid}, which that names, is another program`);
  return undefined;
}

/** More than any system counts processes to. */
const NOBODY = 999_999_999;

/** Whether there is a process of this number, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Whether a process is a PostgreSQL; where nobody can tell, it may be. */
function isPostgres(pid: number): boolean {
  const name = `/proc/${pid}/comm`;
  if (existsSync(name)) return readFileSync(name, 'utf8').startsWith('postgres');
  const { status, stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'comm='], { encoding: 'utf8' });
  return status !== 0 || stdout.includes('postgres');
}
