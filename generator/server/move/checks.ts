import type pg from 'pg';
import type { Service } from '../../generate/model.ts';
import { check, type Check } from '../checks.ts';
import { readPlan } from '../plan.ts';
import { inDatabase, type End, type Ends } from './ends.ts';
import { readWithoutIdentity } from './identities.ts';
import { identityOf } from './record.ts';

/** Looks at all that can keep a service from being moved, before anything is changed. Throws what the driver throws. */
export async function checkMove(ends: Ends, withDowntime: boolean): Promise<readonly Check[]> {
  const servers = await checkServers(ends);
  const first = [servers, checkNames(ends.source.service, ends.target.service), ...(await checkPlans(ends))];
  // Further looks go into databases, which these may say are not there.
  if (first.some(({ obstacles }) => obstacles.length > 0)) return first;
  const looks = [checkDoors(ends), checkDatabases(ends), checkExtensions(ends), checkPolicies(ends), checkUse(ends)];
  return [...first, ...(await Promise.all(looks)), ...(withDowntime ? [] : await checkReplication(ends))];
}

async function one<Row extends object>(
  client: pg.Client,
  query: string,
  values: readonly unknown[] = [],
): Promise<Row | undefined> {
  return (await client.query<Row>(query, [...values])).rows[0];
}

async function majorOf(admin: pg.Client): Promise<number> {
  const row = await one<{ major: number }>(admin, `SELECT current_setting('server_version_num')::integer / 10000 AS major`);
  return row?.major ?? 0;
}

/** Two servers of one initdb are copies of each other, as of a volume; the same one has the same start. */
async function checkServers({ source, target }: Ends): Promise<Check> {
  const whose = async (admin: pg.Client): Promise<string> =>
    `${await identityOf(admin)} ${(await one<{ start: string }>(admin, 'SELECT pg_postmaster_start_time()::text AS start'))?.start}`;
  const [from, to] = [await majorOf(source.admin), await majorOf(target.admin)];
  return check(`the servers: PostgreSQL ${from} and ${to}`, [
    (await whose(source.admin)) === (await whose(target.admin)) &&
      'both are the same server; name the other one with --to and --to-url',
    to < from && `the target has PostgreSQL ${to}, and what ${from} has may be unknown to it; move to ${from} or later`,
  ]);
}

/** Roles are found by their names, and what was granted to them. */
function checkNames(source: Service, target: Service): Check {
  const namesOf = ({ database, user, roles }: Service): string =>
    [database, user, ...roles.map((role) => `${role.user} (${role.access})`).sort()].join(', ');
  return check('its database and logins', [
    namesOf(source) !== namesOf(target) &&
      `they are ${namesOf(source)} at the source and ${namesOf(target)} at the target; give them the same names, by database, user and roles of its entry`,
  ]);
}

/** Only a server of the chart asks for certificates, and what moves a service has none. */
const DOOR = `SELECT count(*)::integer AS lines FROM pg_hba_file_rules WHERE '+shared_postgresql_moving' = ANY (user_name)`;

async function checkDoors(ends: Ends): Promise<Check> {
  const shut = Object.entries({ source: ends.source, target: ends.target }).map(async ([name, { admin, service }]) => {
    if (service.clientCertificate === '' || (await one<{ lines: number }>(admin, DOOR))?.lines !== 0) return false;
    return `the ${name} would ask what moves it for a certificate, by the pg_hba.conf of a former chart; upgrade it first, which restarts it once`;
  });
  return check('how what moves it comes in', await Promise.all(shut));
}

async function checkPlans(ends: Ends): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, end] of Object.entries({ source: ends.source, target: ends.target })) {
    const statements = await readPlan({ connection: end.connection, generated: end.generated, compare: 'all' });
    const open = statements.filter(({ service, reported }) => service === end.service.name && !reported);
    const [first] = open;
    checks.push(
      check(`the plan of the ${name}`, [
        first !== undefined &&
          `the ${name} is not as its values say (${first.statement.split('\n')[0]}  -- ${first.reason}); run apply or helm upgrade there first`,
      ]),
    );
  }
  return checks;
}

interface Made {
  readonly encoding: string;
  readonly locale: string;
  readonly size: string;
  readonly prepared: number;
}

/** What a locale is called has another column in 15 and 16 than later. */
const MADE = `
SELECT pg_encoding_to_char(encoding) AS encoding, concat_ws(' ', datlocprovider, datcollate, datctype, coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')) AS locale,
       pg_size_pretty(pg_database_size(oid)) AS size, (SELECT count(*)::integer FROM pg_prepared_xacts WHERE database = datname) AS prepared
FROM pg_database AS d WHERE datname = $1`;

async function checkDatabases({ source, target }: Ends): Promise<Check> {
  const from = await one<Made>(source.admin, MADE, [source.service.database]);
  const to = await one<Made>(target.admin, MADE, [target.service.database]);
  return check(
    'how the databases were made',
    [
      from?.encoding !== to?.encoding &&
        `the encoding is ${from?.encoding} at the source and ${to?.encoding} at the target; set encoding in the entry there`,
      from?.locale !== to?.locale &&
        `the locale is ${from?.locale} at the source and ${to?.locale} at the target; set locale in the entry there`,
      (from?.prepared ?? 0) > 0 &&
        `there are ${from?.prepared} prepared transactions; commit them, or roll them back (pg_prepared_xacts)`,
    ],
    [`it has ${from?.size}, and as much goes to the disk of the target, and to that of this machine while it is copied`],
  );
}

async function checkExtensions({ source, target }: Ends): Promise<Check> {
  const [used, declared] = await Promise.all([source, target].map((end) => inDatabase(end, readExtensions)));
  const names = [...(used ?? new Map<string, string>()).keys()];
  const there = await target.admin.query<{ name: string }>(
    'SELECT name::text FROM pg_available_extensions WHERE name::text = ANY ($1)',
    [names],
  );
  const missing = names.filter((name) => !there.rows.some((row) => row.name === name));
  const misplaced = [...(declared ?? [])].flatMap(([name, schema]) => {
    const before = used?.get(name);
    if (before === undefined || before === schema) return [];
    return [
      `${name} lies in the schema ${before} at the source and in ${schema} at the target; set its schema in placedExtensions there`,
    ];
  });
  return check('its extensions', [
    missing.length > 0 && `the target has no ${missing.join(', ')}; take an image that has them`,
    ...misplaced,
  ]);
}

/** The schema of each. */
async function readExtensions(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; schema: string }>(
    `SELECT extname::text AS name, nspname::text AS schema FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace WHERE extname <> 'plpgsql'`,
  );
  return new Map(rows.map(({ name, schema }) => [name, schema]));
}

const HIDDEN = `
SELECT string_agg(oid::regclass::text, ', ' ORDER BY 1) AS tables FROM pg_class
WHERE relkind = 'r' AND relpersistence <> 't' AND relrowsecurity AND relforcerowsecurity`;

/** What dumps and compares is a member of the service's login, as whoever owns its tables. */
async function checkPolicies({ source }: Ends): Promise<Check> {
  const row = await inDatabase(source, (client) => one<{ tables: string | null }>(client, HIDDEN));
  return check('what its policies let be seen', [
    typeof row?.tables === 'string' &&
      `row policies hide rows of ${row.tables} from their owner, as whom they are copied; take FORCE ROW LEVEL SECURITY from them until it is moved`,
  ]);
}

/** What is there is put aside, and nobody may be in it. */
async function checkUse({ target }: Ends): Promise<Check> {
  const row = await one<{ count: number }>(
    target.admin,
    `SELECT count(*)::integer FROM pg_stat_activity AS a JOIN shared_postgresql.login AS l ON l."user" = a.usename WHERE l.database = $1`,
    [target.service.database],
  );
  return check('who uses it at the target', [
    (row?.count ?? 0) > 0 && `${row?.count} sessions of it are at the target; stop its pods that are connected there`,
  ]);
}

interface Slots {
  readonly level: string;
  readonly free: number;
  readonly senders: number;
  readonly kept: string;
  readonly encoding: string;
}

const SLOTS = `
SELECT current_setting('wal_level') AS level, current_setting('max_replication_slots')::integer - (SELECT count(*) FROM pg_replication_slots)::integer AS free,
       current_setting('max_wal_senders')::integer - (SELECT count(*) FROM pg_stat_replication)::integer AS senders,
       current_setting('max_slot_wal_keep_size') AS kept, (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = $1) AS encoding`;

const OTHERWISE = 'or move it with --with-downtime';

/** What an admin who is no superuser may not do at either end. */
const RIGHTS = `
SELECT rolreplication OR rolsuper AS follows, has_parameter_privilege('session_replication_role', 'SET WITH GRANT OPTION') AS applies
FROM pg_roles WHERE rolname = current_user`;

async function checkRights({ source, target }: Ends): Promise<Check> {
  const from = await one<{ follows: boolean }>(source.admin, RIGHTS);
  const to = await one<{ applies: boolean }>(target.admin, RIGHTS);
  return check('what the admins may', [
    from?.follows === false &&
      'the admin of the source may not read changes; have its provider give him REPLICATION, or move it with --with-downtime',
    to?.applies === false &&
      'the admin of the target may not have changes applied without triggers; move it with --with-downtime',
  ]);
}

async function checkReplication({ source, target }: Ends): Promise<Check[]> {
  const slots = await one<Slots>(source.admin, SLOTS, [source.service.database]);
  return [
    await checkRights({ source, target }),
    check(
      'whether changes can be followed',
      [
        slots?.level !== 'logical' &&
          `wal_level is ${slots?.level}; set postgresql.settings.wal_level to logical in the values of the source and upgrade, which restarts the server once, ${OTHERWISE}`,
        (slots?.free ?? 0) < 1 &&
          `no replication slot is free; raise postgresql.settings.max_replication_slots at the source, ${OTHERWISE}`,
        (slots?.senders ?? 0) < 1 &&
          `no WAL sender is free; raise postgresql.settings.max_wal_senders at the source, ${OTHERWISE}`,
        slots?.encoding === 'SQL_ASCII' && `texts of no encoding cannot be followed; move it with --with-downtime`,
      ],
      [
        slots?.kept === '-1' &&
          'the source keeps all of its log until the move is over, whatever its volume has room for: end one that stopped with --undo, or set postgresql.settings.max_slot_wal_keep_size',
      ],
    ),
    await checkTables(source),
  ];
}

interface Kinds {
  readonly unlogged: readonly string[];
  readonly objects: number;
  readonly views: readonly string[];
}

const KINDS = `
SELECT ARRAY(SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u' ORDER BY 1) AS unlogged,
       ARRAY(SELECT oid::regclass::text FROM pg_class WHERE relkind = 'm' ORDER BY 1) AS views,
       (SELECT count(*)::integer FROM pg_largeobject_metadata) AS objects`;

async function checkTables(source: End): Promise<Check> {
  const kinds = await inDatabase(source, (client) => one<Kinds>(client, KINDS));
  const without = await inDatabase(source, readWithoutIdentity);
  const { unlogged = [], views = [], objects = 0 } = kinds ?? {};
  return check(
    'its tables',
    [
      unlogged.length > 0 &&
        `changes of unlogged tables cannot be followed (${unlogged.join(', ')}); have them logged (SET LOGGED), ${OTHERWISE}`,
    ],
    [
      without.length > 0 &&
        `without a key, so that the source writes whole rows into its log for the time of the move, and each change is looked for in all of the table: ${without.map(({ table }) => table).join(', ')}`,
      objects > 0 && `${objects} large objects, which are copied while writes are stopped`,
      views.length > 0 &&
        `materialized views, which have what they had when they are copied: ${views.join(', ')}; REFRESH them afterwards`,
    ],
  );
}
