import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openHome, type Home } from './home.ts';
import { handOver, isReachable } from './identity.ts';
import { LaptopError } from './laptop-error.ts';
import { findAllPrograms } from './programs.ts';

/** With what a server as it was at a time is started on this machine. */
export interface Past {
  readonly major: number;
  /** The programs of its major. */
  readonly bin: string;
  /** A folder on a disk, for all that it held. */
  readonly scratch: string;
}

/** For base backups and log in a folder of backups. Nobody has masked what is recovered, so it goes, whatever happens. Throws LaptopError with what is missing. */
export async function inPast<T>(
  { home, major, backups }: { readonly home: Home; readonly major: number; readonly backups: string },
  use: (past: Past) => Promise<T>,
): Promise<T> {
  refuseUnreadable(join(backups, '+server'));
  const past = { major, bin: findAllPrograms(major), scratch: join(home.server, 'past') };
  openHome(home);
  makeAlone(past.scratch);
  try {
    return await use(past);
  } finally {
    rmSync(past.scratch, { recursive: true, force: true });
  }
}

/** Two of them would recover into one folder. */
function makeAlone(scratch: string): void {
  if (existsSync(scratch))
    throw new LaptopError(
      `another restore --at runs here, or one was killed and left ${scratch}.`,
      'Wait for it, or remove that folder once nothing runs in it.',
    );
  mkdirSync(scratch, { mode: 0o700 });
  handOver(scratch);
}

function refuseUnreadable(server: string): void {
  if (!existsSync(server))
    throw new LaptopError(
      `there is no folder ${server} with base backups.`,
      "Copy it from the backups' volume, or from the copies elsewhere (docs/backup.md), or give --cluster.",
    );
  if (!isReachable(server))
    throw new LaptopError(
      `PostgreSQL does not run as root, and its user here, nobody, may not read ${server}.`,
      'Run this as somebody else, or give the folder to nobody (chown -R).',
    );
}

/** Refuses a server that the programs of the past do not dump, with which what is restored is compared. */
export function refuseNewerThan({ major }: Past, server: number): void {
  if (server <= major) return;
  throw new LaptopError(
    `what comes back is of PostgreSQL ${major}, whose programs know nothing of the newer server, ${server}.`,
    `Bring it back to a server of ${major}.`,
  );
}
