import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LaptopError } from './laptop-error.ts';
import { withoutPostgresql } from './scripts.ts';

/** Where a server is, as libpq wants to know it: PGHOST, PGPORT, PGUSER, PGPASSWORD, and PGSSL… */
export type Libpq = Readonly<Record<string, string>>;

/** A pg_dump of this machine. */
export interface Dumper {
  readonly path: string;
  readonly major: number;
}

/** Where Debian has them, a folder for each major; PATH is looked through before. */
const DEBIAN = '/usr/lib/postgresql';

/**
 * The pg_dump for a server: of its own major, or of the next that there is, since none dumps a server that is newer. Throws LaptopError when
 * there is none.
 */
export function findDumper(major: number): Dumper {
  const found = foldersOfPrograms().flatMap((folder) => dumperIn(folder));
  const [first] = found.filter((each) => each.major >= major).sort((a, b) => a.major - b.major);
  if (first) return first;
  const [newest] = found.sort((a, b) => b.major - a.major);
  const hint = `Install the client programs of PostgreSQL ${major} (on Debian postgresql-client-${major} of apt.postgresql.org).`;
  if (newest === undefined) throw new LaptopError('there is no pg_dump on this machine.', hint);
  throw new LaptopError(
    `the server is PostgreSQL ${major}, and the newest pg_dump of this machine is ${newest.major}, which does not dump it.`,
    hint,
  );
}

function foldersOfPrograms(): string[] {
  const named = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  return [...new Set([...named, ...majorsIn(DEBIAN)])];
}

function majorsIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((major) => join(folder, major, 'bin'));
  } catch {
    return [];
  }
}

function dumperIn(folder: string): Dumper[] {
  const path = join(folder, 'pg_dump');
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const major = /\(PostgreSQL\) (\d+)/.exec(stdout || '')?.[1];
  return major === undefined ? [] : [{ path, major: Number(major) }];
}

/** What a schema file has no place for: its service owns all of it, and the ledger is the admin's. */
const WITHOUT = ['--no-owner', '--no-privileges', '--no-tablespaces', '--no-publications', '--no-subscriptions'];

/** The schema of a database, as pg_dump prints it. Throws LaptopError with what pg_dump said. */
export async function dumpSchema({ path }: Dumper, server: Libpq, database: string): Promise<string> {
  const args = ['--schema-only', '--no-password', ...WITHOUT, '--no-security-labels', '--exclude-schema=shared_postgresql'];
  const child = spawn(path, args, {
    env: { ...withoutPostgresql(process.env), LC_ALL: 'C', PGCLIENTENCODING: 'UTF8', ...server, PGDATABASE: database },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const parts: Buffer[] = [];
  const said: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.stderr.on('data', (part: Buffer) => said.push(part));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code === 0) return Buffer.concat(parts).toString();
  throw new LaptopError(`pg_dump could not dump database ${database}: ${Buffer.concat(said).toString().trim()}`);
}
