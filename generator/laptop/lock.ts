import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../generate/read/reasons.ts';
import { dataOf, type Home } from './home.ts';

/** A server that runs on the data of a home, by PostgreSQL's own lock (postmaster.pid). */
export interface Running {
  readonly pid: number;
  readonly port: number;
}

/**
 * The server that runs on this data already. A lock that a server left behind is removed when its number belongs to another program now, as
 * after a restart of the machine; PostgreSQL itself sees only that the number is in use.
 */
export function findRunning(home: Home): Running | undefined {
  const file = join(dataOf(home), 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const [pid = 0, port = 0] = [0, 3].map((line) => Number(readFileSync(file, 'utf8').split('\n')[line]));
  if (pid > 0 && isAlive(pid) && isPostgres(pid)) return { pid, port };
  rmSync(file, { force: true });
  return undefined;
}

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
