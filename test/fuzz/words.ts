import fc from 'fast-check';
import { SETTINGS as TABLE } from '../../generator/generate/validate/settings.ts';
import { attemptsOn } from '../tools/setting-attempts.ts';
import type { Json } from './json.ts';
import { anyText } from './texts.ts';

/** Settings with values that mean something together, and some that no table has. */
const SETTINGS: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  work_mem: ['4MB', '64kB', 64, 65536, '1GB', '63kB', '1TB', '4 MB', '0.5MB'],
  shared_buffers: ['128MB', 16384, '128kB', '64kB', '8TB'],
  maintenance_work_mem: ['64MB', 1024, '1MB'],
  effective_cache_size: ['1GB', 1, 524288],
  jit: [true, false, 'on', 'off', 'yes', 'tru', 0, 1, 'maybe'],
  fsync: [true, 'off'],
  random_page_cost: [1.1, '1.1', 4, 0, '1e1', -1],
  checkpoint_timeout: ['5min', '30s', 30, '1d', '29s', '2d'],
  autovacuum_naptime: ['1min', 1, '1s', 0],
  autovacuum_vacuum_threshold: [50, 1000001, '0x10', '010'],
  autovacuum_vacuum_scale_factor: [0.2, 0, 100, 101, '.5'],
  autovacuum_max_workers: [3, 1, 262143],
  max_wal_size: ['1GB', '2MB', 2, '32MB'],
  min_wal_size: ['80MB', '2MB', '32MB'],
  wal_level: ['replica', 'logical', 'minimal', 'hot_standby', 'REPLICA', 'archive'],
  max_wal_senders: [10, 0, 300],
  max_worker_processes: [8, 0, 262143],
  max_parallel_workers: [8, 0, 1024],
  max_locks_per_transaction: [64, 10, 128],
  max_prepared_transactions: [0, 10],
  wal_keep_size: ['0', '1GB'],
  archive_mode: ['off', 'on', 'always', true],
  archive_command: ['', 'cp %p /archive/%f', "it's"],
  log_min_duration_statement: [-1, 0, '250ms', '1s'],
  log_min_messages: ['warning', 'debug1', 'debug', 'info', 'nothing'],
  log_line_prefix: ['%m [%p] ', '%', 'x\ty', ''],
  log_connections: [true, 'on', 'receipt', 'all'],
  timezone: ['UTC', 'Europe/Berlin', 'Etc/GMT+5', 'Mars/Phobos'],
  datestyle: ['ISO, DMY', 'ISO, ISO', 'German'],
  lc_messages: ['C', 'en_US.utf8', 'xx_YY'],
  client_encoding: ['UTF8', 'latin1', 'WIN1252', 'utf-9'],
  search_path: ['public', '"$user", public', ''],
  shared_preload_libraries: ['', 'pg_stat_statements', 'nothing_there'],
  session_preload_libraries: ['', 'auto_explain'],
  synchronous_commit: ['on', 'off', 'local', 'remote_apply', false],
  synchronous_standby_names: ['', '*', 'FIRST 1 (a)'],
  statement_timeout: ['5min', 0, 2147483647, '30d', '24d'],
  idle_session_timeout: [0, '1h'],
  io_method: ['worker', 'sync'],
  io_workers: [3, 32],
  huge_pages: ['try', 'off', 'on'],
  ssl: [false, true, 'on'],
  default_toast_compression: ['pglz', 'lz4', 'zstd'],
  wal_compression: ['off', 'pglz', 'lz4', 'zstd', true],
  recovery_init_sync_method: ['fsync', 'syncfs'],
  password_encryption: ['md5', 'scram-sha-256'],
  include: ['/etc/passwd'],
  include_if_exists: ['x'],
  data_sync_retry: [true],
  log_directory: ['log', '/nowhere'],
  logging_collector: [true, 'off'],
  log_destination: ['stderr', 'jsonlog', 'csvlog,stderr', 'paper'],
  bonjour: [true],
  cluster_name: ['a', 'ä', 'x'.repeat(70)],
  application_name: ["it's {{ x }} \\ here", 'a'],
  tcp_keepalives_idle: [0, 60],
  vacuum_cost_limit: [200, 10000, 10001],
  default_transaction_isolation: ['read committed', 'serializable', 'read-committed'],
  'auto_explain.log_min_duration': ['3s', -1],
  'pg_stat_statements.max': [5000],
  'my.own': ['x', 1, true],
  wrok_mem: ['4MB'],
};

const settingOfTable = TABLE.map((each) =>
  fc.tuple(fc.constant(each.name), fc.constantFrom<(string | number)[]>(...attemptsOn(each), each.least ?? 0, each.most ?? 1)),
);

const setting: fc.Arbitrary<[string, string | number | boolean]> = fc.oneof(
  fc.oneof(...Object.entries(SETTINGS).map(([name, values]) => fc.tuple(fc.constant(name), fc.constantFrom(...values)))),
  fc.oneof(...settingOfTable),
);

const quantity = fc.constantFrom(
  '1Gi',
  '512Mi',
  '2Gi',
  '64Mi',
  '1e9',
  '1500M',
  2,
  0.5,
  '500m',
  '100m',
  '0.1',
  '1G',
  '4Gi',
  '1Ti',
  '1e3',
  '10E',
  '',
  '-1',
  '1 Gi',
  '0',
);

const resource = fc.constantFrom(
  'cpu',
  'memory',
  'memory',
  'ephemeral-storage',
  'hugepages-2Mi',
  'example.org/gpu',
  'gpu',
  'storage',
);

const quantities = fc.dictionary(resource, fc.oneof(quantity, fc.constant(null)), { maxKeys: 3 });

const time = fc.constantFrom(
  '0',
  '1s',
  '5min',
  '30s',
  '24d',
  '25d',
  '2147483647ms',
  '2147483648ms',
  '596h',
  '597h',
  '999999999d',
);

const size = fc.constantFrom(
  '64kB',
  '63kB',
  '1MB',
  '1GB',
  '4TB',
  '2TB',
  '2147483647kB',
  '2147483648kB',
  '-1',
  '0',
  '999999999TB',
  '',
);

const extensions = fc.subarray(
  [
    'citext',
    'hstore',
    'pg_trgm',
    'pgcrypto',
    'uuid-ossp',
    'postgis',
    'vector',
    'pg_stat_statements',
    'moddatetime',
    'plpgsql',
    'dblink',
    'adminpack',
    'xml2',
  ],
  { maxLength: 3 },
);

const locale = fc.constantFrom(
  'C',
  'POSIX',
  'C.UTF-8',
  'en_US.utf8',
  'en-US',
  'de-DE',
  'und',
  'pg_unicode_fast',
  'PG_UNICODE_FAST',
  'xx_YY',
  '',
);

/**
 * What people write into a field of which the contract says less than its reader knows, by the field's path: `*` for a name that people
 * choose, `[]` for an item of a list. Good values and near misses: what of them may pass is for generate to say.
 */
export const WORDS: Readonly<Record<string, fc.Arbitrary<Json> | undefined>> = {
  'postgresql.settings': fc.array(setting, { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)),
  'postgresql.allowedExtensions': extensions,
  'resources.requests': quantities,
  'resources.limits': quantities,
  'resources.requests.*': quantity,
  'resources.limits.*': quantity,
  'provisioning.resources.requests': quantities,
  'provisioning.resources.limits': quantities,
  'persistence.size': quantity.map(String),
  'persistence.accessModes.[]': fc.constantFrom('ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany', 'readwriteonce'),
  'provisioning.schedule': fc.constantFrom(
    '*/15 * * * *',
    '0 3 * * 1-5',
    '@daily',
    '60 * * * *',
    '* * * * MON',
    '*/0 * * * *',
    '0 0 31 2 *',
    '5-1 * * * *',
  ),
  'image.tag': fc.constantFrom('18', '18.1-bookworm', '18 #x', '-a', 'a:b', '18@x', 'latest'),
  'image.registry': fc.constantFrom('docker.io', 'localhost:5000', 'http://a', 'A B', ''),
  'image.repository': fc.constantFrom('library/postgres', 'Postgres', 'a//b', 'postgres:18', ''),
  extraEnv: fc.array(fc.record({ name: fc.constantFrom('A', 'B', 'PGDATA', 'A B', '1A', ''), value: anyText }), { maxLength: 3 }),
  extraVolumes: fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'data', 'A_B'), emptyDir: fc.constant({}) }), {
    maxLength: 3,
  }),
  extraVolumeMounts: fc.array(
    fc.record({ name: fc.constantFrom('a', 'data', 'x'), mountPath: fc.constantFrom('/a', '/tmp', 'a', '/a:b', '') }),
    { maxLength: 2 },
  ),
  tolerations: fc.array(
    fc.record(
      {
        key: fc.constantFrom('dedicated', 'a/b', 'a b'),
        operator: fc.constantFrom('Equal', 'Exists', 'equal'),
        value: fc.constantFrom('a', 'yes', 'a b'),
        effect: fc.constantFrom('NoSchedule', 'NoExecute', 'no'),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 2 },
  ),
  'services.*': fc.constant({}),
  'services.*.timeouts.statement': time,
  'services.*.timeouts.lock': time,
  'services.*.timeouts.idleInTransaction': time,
  'services.*.tempFileLimit': size,
  'services.*.workMem': size,
  'services.*.encoding': fc.constantFrom(
    'UTF8',
    'LATIN1',
    'SQL_ASCII',
    'EUC_JP',
    'WIN1252',
    'SJIS',
    'UTF9',
    'LATIN11',
    'UNICODE',
  ),
  'services.*.locale': fc.record({ provider: fc.constantFrom('libc', 'icu', 'builtin', ''), name: locale }, { requiredKeys: [] }),
  'services.*.locale.name': locale,
  'services.*.extensions': extensions,
  'services.*.placedExtensions.*.schema': fc.constantFrom('ext', 'public', 'Odd', 'pg_x', 'shared_postgresql', 'user', ''),
  'services.*.database': fc.constantFrom('userdb', 'UserDB', 'a-b', 'select', 'postgres', 'template1', 'pg_a', '_', 'user'),
  'services.*.user': fc.constantFrom('app', 'User', 'public', 'none', 'pg_app', 'current_user', 'postgres'),
  'services.*.drop': fc.constantFrom(
    'confirm-adb-16384',
    'confirm-adb-4294967296',
    'confirm-adb-0',
    'confirm-adb-1-without-backup',
    '',
  ),
  'services.*.adopt': fc.constantFrom('confirm-adb-16384', 'confirm-adb-4294967295', 'confirm-bdb-99999', ''),
  'services.*.roles.*': fc.constantFrom<Json[]>({}, { access: 'readwrite' }),
};

/** The same for names that people choose, where the name itself means something. */
export const NAMES: Readonly<Record<string, fc.Arbitrary<string> | undefined>> = {
  'postgresql.settings.*': fc.constantFrom(...Object.keys(SETTINGS), ...TABLE.map(({ name }) => name)),
  'resources.requests.*': resource,
  'resources.limits.*': resource,
  'provisioning.resources.requests.*': resource,
  'provisioning.resources.limits.*': resource,
  'services.*.roles.*': fc.constantFrom('reporting', 'a', 'b', '1'),
  'services.*.placedExtensions.*': fc.constantFrom('citext', 'uuid-ossp', 'postgis', 'moddatetime', 'dblink', 'xml2'),
};
