import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { CHART } from '../generate/read/project.ts';
import { LaptopError } from './laptop-error.ts';

/** A program that the scripts of the pods run, with arguments that only the kind works with that the image has. */
type Probe = readonly [name: string, ...args: string[]];

const POSTGRESQL: readonly Probe[] = [
  ['psql', '--version'],
  ['pg_dump', '--version'],
  ['pg_restore', '--version'],
  ['pg_isready', '--version'],
];

const GNU: readonly Probe[] = [
  ['date', '--utc', '--date=@0'],
  ['du', '--bytes', '/dev/null'],
  ['df', '--output=avail', '/'],
  ['timeout', '--kill-after=1', '5', 'true'],
  ['find', '/dev/null', '-printf', ''],
  ['sed', '--version'],
  ['grep', '--version'],
  ['sort', '--zero-terminated', '/dev/null'],
  ['sha256sum', '/dev/null'],
  ['awk', 'BEGIN {}'],
  ['flock', '--version'],
];

/** The oldest bash in which the scripts run. */
const BASH = 5;

/** The psql from which on nothing stands between it and the server (server.sh). */
const INSISTS_ON_SCRAM = 16;

/**
 * The major of the PostgreSQL whose programs the scripts of the pods find on this machine. Throws LaptopError with what the machine lacks.
 */
export function findClients(): number {
  const { bash, missing, major } = ask([...POSTGRESQL, ...GNU, ['perl', '-v']]);
  if (bash < BASH)
    throw new LaptopError(`this needs bash ${BASH} or later, ${bash > 0 ? `and here is ${bash}` : 'which is not here'}.`);
  const lacking = ([name]: Probe): boolean => missing.has(name);
  const clients = namesOf(POSTGRESQL.filter(lacking));
  if (clients !== '')
    throw new LaptopError(
      `there is no ${clients} on this machine.`,
      'Install the client programs of PostgreSQL: the package postgresql-client, or libpq.',
    );
  const tools = namesOf(GNU.filter(lacking));
  if (tools !== '')
    throw new LaptopError(
      `this needs ${tools} as Linux has them (GNU, util-linux), and here they are missing or others.`,
      'On macOS: brew install bash coreutils findutils gnu-sed grep flock, with the folders libexec/gnubin of these first in PATH.',
    );
  if (major < INSISTS_ON_SCRAM && missing.has('perl'))
    throw new LaptopError(
      `psql ${major} cannot insist on SCRAM, and perl, which does it in its place, is missing.`,
      'Install perl, or psql 16 or later.',
    );
  return major;
}

const namesOf = (probes: readonly Probe[]): string => probes.map(([name]) => name).join(', ');

interface Found {
  /** 0 when there is none. */
  readonly bash: number;
  readonly missing: ReadonlySet<string>;
  readonly major: number;
}

/** Looks where the scripts look, which is not only PATH. */
function ask(probes: readonly Probe[]): Found {
  const script = [
    'echo "bash ${BASH_VERSINFO[0]}"',
    `. '${join(CHART, 'provisioning/programs.sh').replaceAll("'", `'\\''`)}'`,
    ...probes.map(
      (probe) => `${probe.map((word) => `'${word}'`).join(' ')} >/dev/null 2>&1 </dev/null || echo 'missing ${probe[0]}'`,
    ),
    'pg_dump --version',
  ].join('\n');
  const { stdout } = spawnSync('bash', ['--noprofile', '--norc', '-c', script], { encoding: 'utf8' });
  const said = stdout || '';
  const number = (pattern: RegExp): number => Number(pattern.exec(said)?.[1] ?? 0);
  return {
    bash: number(/^bash (\d+)$/m),
    missing: new Set([...said.matchAll(/^missing (.*)$/gm)].map(([, name = '']) => name)),
    major: number(/^pg_dump \(PostgreSQL\) (\d+)/m),
  };
}

/** What a script of the pods wants pg_dump for. */
const WANTED = {
  'backup.sh': 'dumps no newer server',
  'restore.sh': 'reads no newer server: what is restored is compared with the backup by it',
} as const;

/** Refuses a server that is newer than the programs, which pg_dump would, service by service. */
export function refuseNewer(server: number, clients: number, script: keyof typeof WANTED): void {
  if (server <= clients) return;
  throw new LaptopError(
    `the server is PostgreSQL ${server}, and the newest pg_dump of this machine is ${clients}, which ${WANTED[script]}.`,
    `Install the client programs of PostgreSQL ${server} (on Debian postgresql-client-${server} of apt.postgresql.org), or have the pods do it (docs/backup.md).`,
  );
}
