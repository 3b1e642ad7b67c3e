import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import encodings from '../../generator/postgresql/encodings.json' with { type: 'json' };
import libraries from '../../generator/postgresql/libraries.json' with { type: 'json' };
import { InputError } from '../../generator/generate/problem.ts';
import { readInput } from '../../generator/generate/read.ts';
import { validate } from '../../generator/generate/validate.ts';
import { isLibcLocale } from '../../generator/generate/validate/locales.ts';
import { misfitOf } from '../../generator/generate/validate/setting-values.ts';
import { SETTINGS, type Setting } from '../../generator/generate/validate/settings.ts';
import { deploy } from '../tools/deployment.ts';
import { askEncodings, canCreate } from '../tools/facts/encodings.ts';
import { librariesOf } from '../tools/facts/libraries.ts';
import { askSettings, isOfTheImage, refusalOf } from '../tools/facts/settings.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { run } from '../tools/run.ts';
import { handOver, unprivileged } from '../../generator/laptop/identity.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { initialiseOnly, startServer, type Server } from '../tools/server.ts';
import { attemptsOn } from '../tools/setting-attempts.ts';
import { tryStart } from '../tools/start-attempt.ts';
import { project } from '../tools/project.ts';

/*
 * What the generator says of a setting is what a server says: each is given values at its bounds, beside them, and in every
 * spelling, and both have to agree, in both directions. One in ten by default; SETTINGS=all tries all, and starts a server with each.
 */
const ALL = process.env['SETTINGS'] === 'all';
const EVERY = ALL ? 1 : 10;
/** What a server judges by the database that asks, or by the time, or when it looks there, and takes in postgresql.conf whatever it is. */
const NOT_OF_THE_FILE = [
  'dynamic_library_path',
  'extension_control_path',
  'default_table_access_method',
  'default_tablespace',
  'default_text_search_config',
  'recovery_target_time',
];

/** ALTER SYSTEM does not know them, or judges them by the locales of this machine; a rule has them. */
const ELSEWHERE = ['allow_alter_system', 'data_directory', 'lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time'];

/** What a server says of these only when it starts, or only together with others; a rule adds them up. */
const AT_THE_START = ['max_wal_size', 'min_wal_size'];
const ADDED_UP = ['autovacuum_max_workers', 'max_connections', 'max_wal_senders', 'max_worker_processes'];

/** ALTER SYSTEM puts quotes around what the file has without. */
const LISTS_OF_NAMES = ['search_path', 'temp_tablespaces'];

const isLeftOut = ({ name }: Setting): boolean =>
  [...NOT_OF_THE_FILE, ...ELSEWHERE, ...AT_THE_START, ...LISTS_OF_NAMES].includes(name);
const isForFile = ({ context, elsewhere, now }: Setting): boolean =>
  context !== 'internal' && elsewhere !== true && now === undefined;

describe.each(POSTGRES_MAJORS)('PostgreSQL %i', (major) => {
  const bin = inject('postgres')[major];
  const settings = SETTINGS.filter(({ majors }) => majors.includes(major));
  let server: Server;

  beforeAll(async () => {
    const { manifests } = await deploy({ values: 'services: {}\n', args: ['--set-string', `postgresql.version=${major}`] });
    server = await startServer(bin, manifests);
    await server.asAdmin(async (client) => {
      await client.query('ALTER SYSTEM SET fsync = off');
      await client.query('SELECT pg_reload_conf()');
    });
  });
  afterAll(() => server.end());

  const ofMajor = (facts: readonly { readonly majors: readonly number[]; readonly name: string }[]): object[] =>
    facts.filter(({ majors }) => majors.includes(major)).map(({ majors: _, ...fact }) => fact);
  const byName = (facts: readonly { readonly name: string }[]): object[] => [...facts].sort((a, b) => (a.name < b.name ? -1 : 1));

  test('has the settings, the encodings and the libraries of the tables', async () => {
    await server.asAdmin(async (client) => {
      expect(byName(await askSettings(client, major))).toEqual(ofMajor(SETTINGS));
      expect(byName(await askEncodings(client))).toEqual(ofMajor(encodings.encodings));
      expect(byName(await librariesOf(client))).toEqual(ofMajor(libraries.libraries));
    });
  });

  test('takes the values that the generator takes, and no others', async () => {
    const disagreements: string[] = [];
    let tried = 0;
    await server.asAdmin(async (client) => {
      for (const [row, setting] of settings.entries()) {
        if (!isForFile(setting) || isLeftOut(setting)) continue;
        const attempts = [...new Set(attemptsOn(setting))].filter((_, column) => (row + column) % EVERY === 0);
        for (const value of attempts) {
          if (isOfTheImage(setting.name, value) || (ADDED_UP.includes(setting.name) && Number(value) > 262_000)) continue;
          tried += 1;
          const [ours, theirs] = [misfitOf(setting, value), await refusalOf(client, setting.name, client.escapeLiteral(value))];
          if ((ours === undefined) !== (theirs === undefined))
            disagreements.push(`${setting.name} = ${JSON.stringify(value)}: we say ${String(ours)}, it says ${String(theirs)}`);
        }
      }
    });
    expect(tried).toBeGreaterThan(20_000 / EVERY);
    expect(disagreements).toEqual([]);
  });

  test.for(LISTS_OF_NAMES)('reads in its file the lists for %s that the generator takes, and no others', async (name) => {
    const folder = temporaryFolder();
    const file = join(folder, 'postgresql.conf');
    for (const value of [
      '',
      ' ',
      '"',
      '""',
      'a b',
      'a,,b',
      'a,',
      ',',
      'a"b',
      '"a""b", c',
      '"a" "b"',
      '"$user", public',
      '$user',
      ' a , "b c" ',
    ]) {
      writeFileSync(file, `${name} = '${value}'\n`);
      handOver(folder);
      const args = ['-C', 'max_connections', '-D', folder, '-c', `config_file=${file}`];
      const { code } = await run(join(bin, 'postgres'), args, { ...unprivileged(), cwd: '/' });
      expect([value, misfitOf({ name, majors: [major], type: 'string', context: 'user' }, value) === undefined]).toEqual([
        value,
        code === 0,
      ]);
    }
  });

  test('finds nothing of its own where the generator refuses a path or a name', async () => {
    const told = (name: string, value: string, statement: string): Promise<string> =>
      server.asAdmin(async (client) => {
        expect(
          misfitOf(
            SETTINGS.find((each) => each.name === name && each.majors.includes(18)) ?? { name, majors: [], type: '' },
            value,
          ),
        ).toBeDefined();
        return client.query(`${statement}; ROLLBACK`).then(
          () => 'nothing',
          (error: unknown) => String(error),
        );
      });
    const global = await told(
      'default_tablespace',
      'pg_global',
      "BEGIN; SET default_tablespace = 'pg_global'; CREATE TABLE t (i int)",
    );
    expect(global).toContain('only shared relations can be placed in pg_global');
    if (major < 18) return;
    const library = await told(
      'dynamic_library_path',
      '/nowhere',
      "BEGIN; SET dynamic_library_path = '/nowhere'; DO $$ BEGIN END $$",
    );
    expect(library).toContain('could not access file "plpgsql"');
    const path = "BEGIN; SET extension_control_path = '/nowhere'; CREATE EXTENSION pg_trgm";
    expect(await told('extension_control_path', '/nowhere', path)).toContain('extension "pg_trgm" is not available');
  });

  test('has the locales of Debian by the names that the generator knows', async () => {
    await server.asAdmin(async (client) => {
      for (const name of ['C', 'POSIX', 'C.UTF-8', 'C.utf8', 'C.UTF8', 'C.Utf-8', 'c', 'posix', 'c.utf8', 'xx_XX', 'C.LATIN1'])
        expect([name, await canCreate(client, `LOCALE ${client.escapeLiteral(name)}`)]).toEqual([name, isLibcLocale(name)]);
    });
  });

  describe('which is started', () => {
    let data: string;

    beforeAll(async () => {
      const { manifests } = await deploy({ values: 'services: {}\n', args: ['--set-string', `postgresql.version=${major}`] });
      data = await initialiseOnly(bin, manifests);
    });

    /** Whether the generator lets values.yaml have these settings. */
    const isAllowed = async (given: Readonly<Record<string, string>>): Promise<boolean> => {
      const file = join(temporaryFolder(), 'values.yaml');
      // With as much memory as anything could need: whether that adds up is not what is asked here.
      writeFileSync(
        file,
        JSON.stringify({
          postgresql: { version: String(major), settings: given },
          resources: { limits: { memory: '900000Ti' } },
        }),
      );
      return validate(readInput({ values: file }, project)).then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof InputError)) throw error;
          return false;
        },
      );
    };

    const ALONE = { max_connections: '200', superuser_reserved_connections: '10' };
    const agree = async (given: Readonly<Record<string, string>>): Promise<boolean> => {
      const allowed = await isAllowed(given);
      const { starts, log } = await tryStart(bin, data, { ...ALONE, ...given });
      const isOfMachine = /exceeded available memory|shared_memory_size|could not map|Cannot allocate/.test(log);
      expect({ given, starts }, log.slice(-1000)).toEqual({ given, starts: allowed && !isOfMachine });
      return starts;
    };

    const TOGETHER: readonly Readonly<Record<string, string>>[] = [
      { wal_level: 'minimal' },
      { wal_level: 'minimal', max_wal_senders: '0' },
      { wal_level: 'minimal', max_wal_senders: '0', archive_mode: 'on' },
      { ssl: 'on' },
      { huge_pages: 'on' },
      { log_statement_stats: 'on', log_parser_stats: 'on' },
      { log_statement_stats: 'on' },
      { recovery_target: 'immediate', recovery_target_name: 'before' },
      { recovery_target_name: 'before' },
      { min_wal_size: '31MB' },
      { min_wal_size: '32MB', max_wal_size: '32MB' },
      { max_wal_size: '31MB' },
      { max_worker_processes: '262000' },
      { shared_preload_libraries: 'banana' },
      { shared_preload_libraries: '$libdir/auto_explain, "pg_stat_statements"' },
      { no_such_setting: '1' },
      { 'myapp.greeting': 'hello' },
      { sort_mem: '8MB' },
      ...(major >= 17 ? [{ wal_level: 'minimal', max_wal_senders: '0', summarize_wal: 'on' }] : [{ io_method: 'worker' }]),
      ...(major >= 16 ? [{ reserved_connections: '190' }, { reserved_connections: '5' }] : []),
    ];

    test.each(TOGETHER)('with %j it starts or not as the generator says', async (given) => {
      await agree(given);
    });

    /** What is another's: the chart's own, and what never says that it is ready. */
    const NOT_ALONE = [
      'listen_addresses',
      'log_destination',
      'logging_collector',
      'unix_socket_directories',
      'unix_socket_group',
    ];
    const OF_THE_CHART = [
      'max_connections',
      'superuser_reserved_connections',
      'port',
      'hba_file',
      'ident_file',
      'data_directory',
      'log_statement',
      'password_encryption',
    ];
    const alone = settings.filter(
      (setting) =>
        isForFile(setting) &&
        ['postmaster', 'sighup'].includes(setting.context ?? '') &&
        ![...NOT_ALONE, ...OF_THE_CHART].includes(setting.name),
    );

    test('starts with every setting at its bounds as the generator says', { timeout: 1_200_000 }, async ({ skip }) => {
      skip(!ALL, 'takes minutes, for a new major or a change of the settings: SETTINGS=all runs it');
      let started = 0;
      for (const { name, type, least, most, values = ['on', 'off'] } of alone) {
        const tried = type === 'string' ? ['', 'banana'] : least === undefined ? values : [String(least), String(most)];
        for (const value of tried.filter((each) => !isOfTheImage(name, each))) {
          if (await agree({ [name]: value })) started += 1;
        }
      }
      expect(started).toBeGreaterThan(200);
    });
  });
});
