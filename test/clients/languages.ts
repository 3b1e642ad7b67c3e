import { join } from 'node:path';
import { runOk } from '../tools/run.ts';
import { findEmbedded } from '../../generator/laptop/embedded.ts';
import { fetchJars, makeEnvironment, need, ofDebian } from './prepare.ts';

/** A client of PostgreSQL, and the keys of a Secret that it is given, by how sure it is to be of the server. */
export interface Client {
  readonly name: string;
  readonly verifyFull: readonly string[];
  readonly require: readonly string[];
  /** Of these the keys by which it can show no certificate. */
  readonly withoutCertificate?: readonly string[];
  /** Whether it connects to nothing, and says what it reads. */
  readonly readsOnly?: boolean;
}

/** A program that speaks through clients of one language. */
export interface Language {
  readonly name: string;
  /** Its folder beside this file. */
  readonly folder: string;
  readonly clients: readonly Client[];
  /** Gets what the program needs, in a copy of its folder in the cache; gives its command. Throws with what is missing. */
  readonly prepare: (folder: string) => Promise<readonly string[]>;
  readonly environment?: Readonly<Record<string, string>>;
}

const both = (name: string, ...keys: readonly string[]): Client => ({ name, verifyFull: keys, require: keys });

/** The folder with libpq 18, which psql of any major takes as its own. */
const LIBPQ_18 = join(findEmbedded() ?? '', 'lib');

/** Which psycopg brings which libpq along in its binary package. */
const PSYCOPG_OF_LIBPQ: Readonly<Record<string, string>> = { '15': '3.1.9', '16': '3.1.20', '17': '3.2.13' };

/** The program in Python with what it needs, in an environment of its own; with another psycopg than its requirements name, whose libpq is made sure of. */
async function preparePython(folder: string, environment: string, psycopg?: string): Promise<readonly string[]> {
  const [pip, python] = [`${environment}/bin/pip`, `${environment}/bin/python`];
  await makeEnvironment(folder, environment);
  if (psycopg !== undefined) {
    await runOk(pip, ['install', '--quiet', `psycopg==${psycopg}`, `psycopg-binary==${psycopg}`], { cwd: folder });
    const assertion = `import sys, psycopg; sys.exit(psycopg.pq.version() // 10000 != ${environment.replace('env-', '')})`;
    await runOk(python, ['-c', assertion], { cwd: folder });
  }
  return [python, 'connect.py'];
}

const PSQL = {
  folder: 'psql',
  prepare: async () => {
    await need('psql');
    return ['bash', 'connect.sh'];
  },
};

export const LANGUAGES: readonly Language[] = [
  { ...PSQL, name: 'psql with the libpq of this machine', clients: [both('psql', 'uri', 'dsn', 'environment', 'pgpass')] },
  {
    ...PSQL,
    name: 'psql with libpq 18',
    clients: [both('psql', 'uri', 'dsn', 'environment', 'pgpass')],
    environment: { LD_LIBRARY_PATH: LIBPQ_18 },
  },
  {
    name: 'Node',
    folder: 'node',
    clients: [
      {
        name: 'node-postgres',
        verifyFull: ['node-uri', 'uri', 'environment'],
        require: ['node-uri'],
        withoutCertificate: ['environment'],
      },
      { name: 'postgres.js', verifyFull: ['environment'], require: ['uri'], withoutCertificate: ['environment'] },
    ],
    prepare: async (folder) => {
      await runOk('npm', ['ci', '--omit=optional', '--silent'], { cwd: folder });
      return ['node', 'connect.mjs'];
    },
  },
  {
    name: 'Python',
    folder: 'python',
    clients: [
      both('psycopg', 'uri', 'dsn', 'environment'),
      both('psycopg2', 'uri', 'dsn', 'environment'),
      both('asyncpg', 'uri', 'environment'),
      both('SQLAlchemy', 'sqlalchemy-uri', 'uri', 'environment'),
      both('SQLAlchemy with asyncpg', 'asyncpg-uri'),
    ],
    prepare: (folder) => preparePython(folder, 'env'),
  },
  ...Object.entries(PSYCOPG_OF_LIBPQ).map(([libpq, version]) => ({
    name: `Python with libpq ${libpq}`,
    folder: 'python',
    clients: [both('psycopg', 'uri', 'dsn', 'environment')],
    prepare: (folder: string) => preparePython(folder, `env-${libpq}`, version),
  })),
  {
    name: 'Prisma 7',
    folder: 'prisma',
    clients: [
      { name: 'Prisma', verifyFull: ['node-uri', 'environment'], require: ['node-uri'], withoutCertificate: ['environment'] },
    ],
    prepare: async (folder) => {
      await runOk('npm', ['ci', '--ignore-scripts', '--silent'], { cwd: folder });
      // The engine for schemas is downloaded from elsewhere, and generating asks for it without a use.
      const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true' };
      await runOk('npx', ['prisma', 'generate', '--schema', 'schema.prisma'], { cwd: folder, env });
      return ['node', 'connect.mjs'];
    },
  },
  {
    name: 'Go',
    folder: 'go',
    clients: [both('pgx', 'uri', 'dsn', 'environment'), both('lib/pq', 'uri', 'dsn', 'environment')],
    prepare: async (folder) => {
      await need('go');
      await runOk('go', ['build', '-o', 'connect', '.'], { cwd: folder });
      return ['./connect'];
    },
  },
  {
    name: 'Java',
    folder: 'java',
    clients: [both('pgjdbc', 'jdbc-uri')],
    prepare: async (folder) => {
      await fetchJars(folder);
      return ['java', '-cp', 'jars/*', 'Connect.java'];
    },
  },
  {
    name: 'Rust',
    folder: 'rust',
    clients: [both('tokio-postgres', 'tokio-postgres-uri')],
    prepare: async (folder) => {
      await need('cargo');
      await runOk('cargo', ['build', '--quiet', '--locked'], { cwd: folder });
      return ['target/debug/connect'];
    },
  },
  {
    name: 'Perl',
    folder: 'perl',
    clients: [both('DBD::Pg', 'environment')],
    prepare: () => ofDebian(['perl', '-MDBD::Pg', '-e', '1'], 'libdbd-pg-perl', ['perl', 'connect.pl']),
  },
  {
    name: 'PHP',
    folder: 'php',
    clients: [both('PDO', 'environment'), both('pgsql', 'dsn', 'uri')],
    prepare: async () => {
      await ofDebian(['php', '-v'], 'php-cli', []);
      return ofDebian(['php', '-r', "exit(extension_loaded('pdo_pgsql') ? 0 : 1);"], 'php-pgsql', ['php', 'connect.php']);
    },
  },
  {
    name: '.NET',
    folder: 'dotnet',
    clients: [{ name: 'DbConnectionStringBuilder', verifyFull: ['connection-string'], require: [], readsOnly: true }],
    prepare: async (folder) => {
      await ofDebian(['mcs', '--version'], 'mono-mcs', []);
      await ofDebian(['test', '-e', '/usr/lib/mono/4.5/System.Data.dll'], 'libmono-system-data4.0-cil', []);
      await runOk('mcs', ['-r:System.Data', 'Connect.cs'], { cwd: folder });
      return ['mono', 'Connect.exe'];
    },
  },
];

/** Clients that no registry reached from here has, and why. */
export const MISSING: Readonly<Record<string, string>> = {
  'Npgsql (.NET)':
    'NuGet has it, which is not among the registries of these tests; its connection string is read by the class of .NET that it uses',
  'the engine of Prisma up to 6':
    'npm has the loader of it, which downloads the engine from elsewhere; from 7 on, which is tried, it is a compiler of queries above node-postgres',
};
