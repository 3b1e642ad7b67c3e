import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

let nobody: Identity | undefined;

/** Whom to run PostgreSQL as: it refuses root. Undefined when the caller is somebody else already. */
export function unprivileged(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  nobody ??= { uid: idOfNobody('-u'), gid: idOfNobody('-g') };
  return nobody;
}

function idOfNobody(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
}

/** Gives a file or folder to whom PostgreSQL runs as. */
export function handOver(path: string): void {
  const identity = unprivileged();
  if (identity) chownSync(path, identity.uid, identity.gid);
}

/** Whether PostgreSQL, as whom it runs, comes into a folder: root's home lets nobody else in. */
export function isReachable(folder: string): boolean {
  return spawnSync('sh', ['-c', 'test -x "$1"', 'sh', folder], { ...unprivileged(), cwd: '/' }).status === 0;
}
