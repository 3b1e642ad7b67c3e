import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Whom to run PostgreSQL as: it refuses root. Undefined when the caller is somebody else already. */
export function unprivileged(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Gives a folder to whom PostgreSQL runs as. */
export function handOver(folder: string): void {
  const identity = unprivileged();
  if (identity) chownSync(folder, identity.uid, identity.gid);
}
