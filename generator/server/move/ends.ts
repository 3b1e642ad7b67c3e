import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Generated } from '../../generate/generate.ts';
import type { Service } from '../../generate/model.ts';
import { asAdmin, inSession, readScript, toOptions, type Connection } from '../session.ts';
import { sha256 } from '../checksum.ts';
import { setPassword } from '../worker.ts';

/** A deployment between which a service moves, as its values have it. */
export interface Side {
  readonly connection: Connection;
  readonly generated: Generated;
  readonly service: Service;
}

/** A deployment with a session of its admin, and a login that has what the service's own has. */
export interface End extends Side {
  readonly admin: pg.Client;
  readonly mover: Mover;
}

export interface Ends {
  readonly source: End;
  readonly target: End;
}

/** Who dumps, restores and applies changes: a login for the time of the move, so that the service's own can be locked meanwhile. */
export interface Mover {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A move that cannot go on, in a sentence, with what to do. */
export class MoveError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** In what form values are written is nobody's setting, and the same at both ends; session.sh has the same for backups. */
const FORMS = [
  'datestyle=ISO',
  'intervalstyle=postgres',
  'timezone=UTC',
  'bytea_output=hex',
  'extra_float_digits=1',
  'lc_monetary=C',
  'xmloption=content',
];

/** What the service set for its own sessions does not reach those of the mover. */
export const MOVERS_OPTIONS = toOptions([
  'search_path=pg_catalog,pg_temp',
  'row_security=off',
  'client_min_messages=warning',
  'statement_timeout=0',
  'lock_timeout=60s',
  'idle_in_transaction_session_timeout=0',
  'idle_session_timeout=0',
  'client_connection_check_interval=2s',
  'default_transaction_read_only=off',
  ...FORMS,
  // What one major takes for a name is a word of the next.
  'quote_all_identifiers=on',
]);

/** Opens both ends; what was made of movers before has another password now, and no session. */
export function atBothEnds<T>(source: Side, target: Side, use: (ends: Ends) => Promise<T>): Promise<T> {
  return asAdmin(source.connection, (atSource) =>
    asAdmin(target.connection, async (atTarget) => {
      for (const admin of [atSource, atTarget]) await admin.query(readScript('state.sql'));
      return use({ source: endOf(source, atSource), target: endOf(target, atTarget) });
    }),
  );
}

function endOf(side: Side, admin: pg.Client): End {
  const { database } = side.service;
  return { ...side, admin, mover: { user: nameMover(database), password: randomBytes(24).toString('base64'), database } };
}

/** What moves one database is never a member of what another's login is. No name in values.yaml has a plus sign. */
export function nameMover(database: string): string {
  return `${database.length <= 56 ? database : `${database.slice(0, 39)}+${sha256(database).slice(0, 16)}`}+moving`;
}

/** A session of the admin in the service's database, which writes values as the mover's sessions do. */
export function inDatabase<T>({ connection, service }: Side, use: (client: pg.Client) => Promise<T>): Promise<T> {
  return asAdmin(connection, use, service.database, [...FORMS, 'quote_all_identifiers=off']);
}

/** A session with what the service's own login may do and no more. */
export function asMover<T>({ connection, mover }: End, use: (client: pg.Client) => Promise<T>): Promise<T> {
  return inSession({ ...connection, ...mover, options: MOVERS_OPTIONS }, use);
}

/** Runs the statements that a query selects: format() quotes the names. */
export async function runSelected(client: pg.Client, query: string, values: readonly unknown[]): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(query, [...values]);
  for (const { statement } of rows) await client.query(statement);
}

/** A member of the service's login whose sessions are that login's from their first moment; it has an end, however the move ends. */
const MAKE_MOVER = `
  SELECT format('CREATE ROLE %I NOLOGIN', $1::text) AS statement WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)
  UNION ALL SELECT format('GRANT %I TO %I', $2::text, $1::text)
  UNION ALL SELECT format('ALTER ROLE %I SET role = %L', $1::text, $2::text)
  -- As the service's own login has it.
  UNION ALL SELECT format('ALTER ROLE %I SET lo_compat_privileges = on', $1::text) WHERE has_parameter_privilege('lo_compat_privileges', 'SET')
  -- Who is no superuser ends the sessions of roles that he is a member of.
  UNION ALL SELECT format('GRANT %I TO CURRENT_USER', $1::text) WHERE NOT current_setting('is_superuser')::boolean
  UNION ALL SELECT format('GRANT SET ON PARAMETER session_replication_role TO %I', $1::text) WHERE $3
  UNION ALL SELECT format('INSERT INTO shared_postgresql.login (database, "user", service, access) VALUES (%L, %L, %L, ''mover'') ON CONFLICT DO NOTHING', $4::text, $1::text, $5::text)
  UNION ALL SELECT format('ALTER ROLE %I LOGIN CONNECTION LIMIT 8 VALID UNTIL %L', $1::text, now() + interval '1 day')`;

/**
 * An index that is made anew may take more room than one session of the service may have, but never more than twice what its database takes: without a
 * bound what the service planted could fill the disk of all. temp-files.psql has the same for a restore.
 */
const OWN_LIMIT = `
  SELECT set_config('temp_file_limit', option_value, false) FROM pg_db_role_setting CROSS JOIN LATERAL pg_options_to_table(setconfig)
  WHERE setdatabase = 0 AND setrole = quote_ident($1)::regrole AND option_name = 'temp_file_limit'`;
const LIMIT_MOVER = `
  SELECT format('ALTER ROLE %I SET temp_file_limit = %s', $1::text,
                CASE setting WHEN '-1' THEN -1 ELSE least(greatest(setting::numeric, 2 * $2::numeric / 1024), 2147483647)::integer END) AS statement
  FROM pg_settings WHERE name = 'temp_file_limit'`;

/** Where the admin may not set it, the server's own limit holds. */
async function limitMover({ admin, mover, service }: End, bytes: string): Promise<void> {
  const { rowCount } = await admin.query("SELECT WHERE has_parameter_privilege('temp_file_limit', 'SET')");
  if (rowCount === 0) return;
  await admin.query(OWN_LIMIT, [service.user]);
  await runSelected(admin, LIMIT_MOVER, [mover.user, bytes]);
  await admin.query('RESET temp_file_limit');
}

/** What the service's database takes, in bytes. */
export async function sizeOf({ admin, service }: End): Promise<string> {
  const { rows } = await admin.query<{ bytes: string }>(
    'SELECT pg_database_size(oid)::text AS bytes FROM pg_database WHERE datname = $1',
    [service.database],
  );
  return rows[0]?.bytes ?? '0';
}

/**
 * Makes the mover of a database of so many bytes, or lets it in again. `changes` is whether it applies changes, for which triggers and foreign keys are
 * passed over.
 */
export async function letMoverIn(end: End, bytes: string, changes: boolean): Promise<void> {
  const { admin, mover, service } = end;
  await endSessions(admin, [mover.user]);
  await runSelected(admin, MAKE_MOVER, [mover.user, service.user, changes, service.database, `${service.name}+moving`]);
  await limitMover(end, bytes);
  await spareCertificate(end);
  await setPassword(admin, mover.user, mover.password);
}

/** pg_hba.conf asks no certificate of its members; it is there for as long as one of them moves. Whoever makes or drops it keeps others waiting. */
const SPARED = 'shared_postgresql_moving';
const TURNS = `SELECT pg_advisory_xact_lock(hashtext('${SPARED}'))`;

/** The mover of a login that must show a certificate would be asked for one as its member. */
const SPARE = `
  WITH asked AS (SELECT FROM pg_roles WHERE rolname = 'shared_postgresql_certificate' AND pg_has_role($2, oid, 'MEMBER'))
  SELECT format('CREATE ROLE %I NOLOGIN', $3::text) AS statement FROM asked WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $3)
  UNION ALL SELECT format('GRANT %I TO %I', $3::text, $1::text) FROM asked`;

async function spareCertificate({ admin, mover, service }: End): Promise<void> {
  await inTransaction(admin, async () => {
    await admin.query(TURNS);
    await runSelected(admin, SPARE, [mover.user, service.user, SPARED]);
  });
}

/** The mover, and with the last of those who show no certificate the role by which they do. */
const NO_MORE_NEEDED = `
  SELECT set_config('shared_postgresql.roles', ARRAY(
    SELECT rolname FROM pg_roles AS r WHERE rolname = $1 OR rolname = $2 AND NOT EXISTS (
      SELECT FROM pg_auth_members JOIN pg_roles AS m ON m.oid = member JOIN shared_postgresql.login AS l ON l."user" = m.rolname
      WHERE roleid = r.oid AND access = 'mover' AND m.rolname <> $1))::text, false)`;

/** The role and what the records have of it go together. */
export async function dropMover({ admin, mover }: End): Promise<void> {
  await runSelected(admin, `SELECT format('ALTER ROLE %I NOLOGIN', rolname) AS statement FROM pg_roles WHERE rolname = $1`, [
    mover.user,
  ]);
  await endSessions(admin, [mover.user]);
  await inTransaction(admin, async () => {
    await admin.query(TURNS);
    await admin.query(NO_MORE_NEEDED, [mover.user, SPARED]);
    await runSelected(admin, REVOKE_PARAMETER, [mover.user]);
    await runSelected(admin, readScript('drop-role.sql'), []);
    await admin.query(`DELETE FROM shared_postgresql.login WHERE "user" = $1 AND access = 'mover'`, [mover.user]);
  });
}

const REVOKE_PARAMETER = `
  SELECT format('REVOKE ALL ON PARAMETER session_replication_role FROM %I', rolname) AS statement FROM pg_roles
  WHERE rolname = $1 AND has_parameter_privilege(rolname, 'session_replication_role', 'SET')`;

/** How long sessions have to end, in milliseconds. */
const PATIENCE = 30_000;

/** Ends the sessions of logins until there is none: one may have logged in while its login was being locked. */
export async function endSessions(admin: pg.Client, users: readonly string[]): Promise<void> {
  const started = performance.now();
  while (performance.now() - started < PATIENCE) {
    await admin.query('SELECT pg_stat_clear_snapshot()');
    const { rowCount } = await admin.query(
      'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename::text = ANY ($1)',
      [users],
    );
    if (rowCount === 0) return;
  }
  throw new MoveError(
    `sessions of ${users.join(', ')} did not end in ${PATIENCE / 1000} s.`,
    'Look in pg_stat_activity at what they wait for, and run this again.',
  );
}

/** Waits for whoever provisions, whose lock this is, and keeps it for as long as something is done. */
export async function whileNobodyProvisions<T>(admin: pg.Client, use: () => Promise<T>): Promise<T> {
  await admin.query(
    `SET lock_timeout = '30min'; SELECT pg_advisory_lock(hashtext('shared_postgresql')); SET lock_timeout = '60s'`,
  );
  try {
    return await use();
  } finally {
    await admin.query(`SELECT pg_advisory_unlock(hashtext('shared_postgresql'))`).catch(() => undefined);
  }
}

/** All of it or nothing. */
export async function inTransaction(client: pg.Client, use: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await use();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
