import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CHART } from '../generate/read/project.ts';
import { sha256 } from '../server/checksum.ts';
import { MoveError, MOVERS_OPTIONS, type End } from '../server/move/ends.ts';
import type { Carrier, Part } from '../server/move/copy.ts';
import { orInterrupted } from './interruption.ts';
import { findDumper } from './dump.ts';
import { killWithDescendants, withoutPostgresql } from './scripts.ts';

/** How the programs reach each end: PGHOST, PGPORT and PGSSL… of libpq. */
export interface Ways {
  readonly source: Readonly<Record<string, string>>;
  readonly target: Readonly<Record<string, string>>;
}

/** Uses the programs of PostgreSQL on this machine, with a folder for what they carry, which is removed, whatever happens. */
export async function carrying<T>(major: number, ways: Ways, use: (carrier: Carrier) => Promise<T>): Promise<T> {
  const { path } = findDumper(major);
  const folder = mkdtempSync(join(tmpdir(), 'shared-postgresql-move-'));
  try {
    return await use(carrierOf({ bin: join(path, '..'), folder, ways }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Tools {
  readonly bin: string;
  readonly folder: string;
  readonly ways: Ways;
}

type Name = keyof Ways;

function carrierOf(tools: Tools): Carrier {
  const dump = join(tools.folder, 'dump');
  return {
    dump: async (end, part, snapshot) => {
      rmSync(dump, { recursive: true, force: true });
      await run(tools, 'source', end, ['pg_dump', ...DUMPED[part], ...asOf(snapshot), `--file=${dump}`]);
    },
    restore: async (end) => {
      const list = join(tools.folder, 'list');
      const made = await run(tools, 'target', end, ['psql', ...ROWS_ONLY, `--file=${join(CHART, 'backup/made.psql')}`]);
      const dumped = withoutForeign(await run(tools, 'target', end, ['pg_restore', '--list', dump]), end);
      writeFileSync(list, restorable(dumped, made));
      const how = ['--no-owner', '--exit-on-error', '--jobs=2', `--use-list=${list}`, `--dbname=${end.service.database}`];
      await run(tools, 'target', end, ['pg_restore', '--no-password', ...how, dump]);
    },
    contents: (name, end) => run(tools, name, end, ['psql', ...ROWS_ONLY, `--file=${join(CHART, 'backup/contents.psql')}`]),
    objects: async (name, end, snapshot) => {
      const file = join(tools.folder, `${name}.schema`);
      await run(tools, name, end, ['pg_dump', ...OWN, ...asOf(snapshot), '--schema-only', '--format=custom', `--file=${file}`]);
      const list = withoutForeign(await run(tools, name, end, ['pg_restore', '--list', file]), end);
      writeFileSync(`${file}.list`, list);
      await run(tools, name, end, ['pg_restore', `--use-list=${file}.list`, `--file=${file}.sql`, file]);
      return { lines: linesOf(list), checksum: checksumOf(`${file}.sql`) };
    },
  };
}

/** The ledger is the admin's, and carried apart. What replicates belongs to a server. */
const OWN = [
  '--no-password',
  '--quote-all-identifiers',
  '--exclude-schema=shared_postgresql',
  '--no-publications',
  '--no-subscriptions',
  '--lock-wait-timeout=60s',
];

const DUMPED: Readonly<Record<Part, readonly string[]>> = {
  all: [...OWN, '--format=directory', '--jobs=2'],
  // By the name that 15 knows as well.
  'all but large objects': [...OWN, '--format=directory', '--jobs=2', '--no-blobs'],
  'large objects': [...OWN, '--format=directory', '--data-only', '--blobs', '--exclude-table-data=*.*'],
};

/** psql prints rows and nothing else. */
const ROWS_ONLY = ['--no-psqlrc', '--no-password', '--quiet', '--no-align', '--tuples-only', '--set=ON_ERROR_STOP=on'];

/** Comments on extensions are the extension's; what is there already stands in `made`, an expression a line. */
function restorable(list: string, made: string): string {
  const needless = [
    /^\d+; \d+ \d+ COMMENT - EXTENSION /,
    ...made
      .trim()
      .split('\n')
      .map((line) => new RegExp(line)),
  ];
  return list
    .split('\n')
    .filter((line) => !needless.some((each) => each.test(line)))
    .join('\n');
}

/**
 * Lines of a list without default privileges of logins beside the service's own: they are for what that one makes; each may set its own at any time, and
 * nobody else may. bring-back.sh has the same.
 */
function withoutForeign(list: string, { service }: End): string {
  return list.replaceAll(/^\d+; \d+ \d+ DEFAULT ACL .* (\S+)\n/gm, (line, user) => (user === service.user ? line : ''));
}

const asOf = (snapshot: string | undefined): readonly string[] => (snapshot === undefined ? [] : [`--snapshot=${snapshot}`]);

/** Of SQL, without the word that psql is given against lines of its own in it, which is another one each time. */
function checksumOf(file: string): string {
  return sha256(readFileSync(file, 'utf8').replaceAll(/^\\(un)?restrict .*$/gm, ''));
}

/** What a dump has, by kind, schema, name and owner, without numbers: their texts are written otherwise by another major. */
function linesOf(list: string): string[] {
  return list
    .split('\n')
    .flatMap((line) => /^\d+; \d+ \d+ (.*)$/.exec(line)?.[1] ?? [])
    .sort();
}

/** Runs a program in a session of an end's mover; gives what it printed. Throws MoveError with what it said. */
async function run(
  { bin, folder, ways }: Tools,
  name: Name,
  end: End,
  [program = '', ...args]: readonly string[],
): Promise<string> {
  const child = spawn(program, args, {
    env: {
      ...withoutPostgresql(process.env),
      ...environmentOf(folder, ways[name], end),
      PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const [printed, said] = [gather(child.stdout), gather(child.stderr)];
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  try {
    const code = await orInterrupted(ended);
    if (code === 0) return printed();
  } finally {
    if (child.pid !== undefined && child.exitCode === null) killWithDescendants(child.pid);
  }
  throw new MoveError(`${program} at the ${name}: ${said().trim().slice(0, 4000)}`, 'Mend what it says, and run this again.');
}

function gather(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  return () => Buffer.concat(parts).toString('utf8');
}

/** The password is in a file that goes with the folder, never in an argument or the environment. */
function environmentOf(folder: string, way: Readonly<Record<string, string>>, { mover }: End): Record<string, string> {
  const escape = (text: string): string => text.replace(/[\\:]/g, '\\$&');
  const file = join(folder, `${escape(mover.user)}-${way['PGPORT']}.pgpass`);
  writeFileSync(file, `*:*:*:${escape(mover.user)}:${escape(mover.password)}\n`, { mode: 0o600 });
  return {
    LC_ALL: 'C',
    // Else libpq shows what it finds in the person's folder, and the server refuses whom another authority signed.
    PGSSLCERT: join(folder, 'none'),
    ...way,
    PGUSER: mover.user,
    PGDATABASE: mover.database,
    PGPASSFILE: file,
    PGREQUIREAUTH: 'scram-sha-256',
    PGCONNECT_TIMEOUT: '30',
    PGAPPNAME: 'shared-postgresql-move',
    PGOPTIONS: MOVERS_OPTIONS,
  };
}
