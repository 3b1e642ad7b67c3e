import pg from 'pg';
import { endSessions, inTransaction, MoveError, runSelected, whileNobodyProvisions, type End } from './ends.ts';
import { readArrival, type Move } from './record.ts';

/** The service's own logins, those of its roles, and whoever takes turns with them. */
async function readLogins({ admin, service }: End): Promise<{ readonly all: string[]; readonly open: string[] }> {
  const { rows } = await admin.query<{ user: string; is_open: boolean }>(
    `SELECT "user"::text, rolcanlogin AS is_open FROM shared_postgresql.login JOIN pg_roles ON rolname = "user"
     WHERE database = $1 AND access <> 'mover' ORDER BY 1`,
    [service.database],
  );
  return { all: rows.map(({ user }) => user), open: rows.filter(({ is_open }) => is_open).map(({ user }) => user) };
}

/** Gives what the records have of the service another's name, or its own back. */
async function recordAs({ admin, service }: End, from: string, to: string): Promise<void> {
  await admin.query(
    `UPDATE shared_postgresql.login SET service = $1 || $3 WHERE database = $4 AND service = $1 || $2 AND access <> 'mover'`,
    [service.name, from, to, service.database],
  );
}

async function setLogin({ admin }: End, logins: readonly string[], attribute: 'LOGIN' | 'NOLOGIN'): Promise<void> {
  await runSelected(
    admin,
    `SELECT format('ALTER ROLE %I %s', rolname, $2::text) AS statement FROM pg_roles WHERE rolname::text = ANY ($1)`,
    [logins, attribute],
  );
}

/** From here on nobody writes at the source: its logins are locked and their sessions ended, and no run of provisioning lets them in. `stops` hears when that begins. */
export async function lockSource(end: End, stops: () => void): Promise<void> {
  const { admin, service } = end;
  await whileNobodyProvisions(admin, () =>
    inTransaction(admin, async () => {
      // Whoever was waited for may have made another one.
      const { open } = await readLogins(end);
      stops();
      await recordAs(end, '', '+moving');
      await setLogin(end, open, 'NOLOGIN');
      await admin.query(
        `UPDATE shared_postgresql.move SET phase = 'locked', logins = $2, at = now() WHERE service = $1 AND side = 'source'`,
        [service.name, open],
      );
    }),
  );
  await sendAway(end);
}

/** Ends the sessions of all logins of the service: after they were locked nobody comes back. A run that was killed may have locked them and no more. */
export async function sendAway(end: End): Promise<void> {
  const { all } = await readLogins(end);
  await endSessions(end.admin, all);
}

/** The source is as it was: its logins log in again. */
export async function reopenSource(end: End, { logins }: Move): Promise<void> {
  const { admin, service } = end;
  await whileNobodyProvisions(admin, () =>
    inTransaction(admin, async () => {
      await recordAs(end, '+moving', '');
      await setLogin(end, logins, 'LOGIN');
      await admin.query(`DELETE FROM shared_postgresql.move WHERE service = $1 AND side = 'source'`, [service.name]);
    }),
  );
}

/** The service is the target's from here on, and the source keeps what it had, locked. */
export async function leaveSource(end: End): Promise<void> {
  const { admin, service } = end;
  await inTransaction(admin, async () => {
    await recordAs(end, '+moving', '+moved');
    await admin.query(`UPDATE shared_postgresql.move SET phase = 'moved', at = now() WHERE service = $1 AND side = 'source'`, [
      service.name,
    ]);
  });
}

/**
 * The source was left, and the target is not open: what took its server's place may have lost what came last. Nobody wrote at the target, so that all
 * is looked at again.
 */
export async function returnToSource(end: End, move: Move): Promise<Move> {
  const { admin, service } = end;
  await inTransaction(admin, async () => {
    await recordAs(end, '+moved', '+moving');
    await admin.query(`UPDATE shared_postgresql.move SET phase = 'locked', at = now() WHERE service = $1 AND side = 'source'`, [
      service.name,
    ]);
  });
  return { ...move, phase: 'locked' };
}

/** Shuts the service at the target, and puts what it has there aside. A run that was killed in between left it shut: it goes on from there. */
export async function reserveTarget(end: End, other: string): Promise<void> {
  await whileNobodyProvisions(end.admin, async () => {
    if (!(await readArrival(end))) await shutTarget(end, other);
    if (await isAside(end)) return;
    await sendAway(end);
    await runSelected(
      end.admin,
      `SELECT format('ALTER DATABASE %I RENAME TO %I', database, former) AS statement FROM shared_postgresql.move WHERE service = $1 AND side = 'target'`,
      [end.service.name],
    );
  });
}

/** Locks its logins, and writes down which could log in: both or neither, else nobody knew whom to let in again. */
async function shutTarget(end: End, other: string): Promise<void> {
  const { admin, service } = end;
  const { open } = await readLogins(end);
  await inTransaction(admin, async () => {
    await recordAs(end, '', '+moving');
    await setLogin(end, open, 'NOLOGIN');
    const { rowCount } = await admin.query(
      `INSERT INTO shared_postgresql.move (service, side, database, phase, other, logins, former)
       SELECT $1, 'target', $2::text, 'copying', $3, $4, former
       FROM (SELECT left($2::text, 40) || to_char(now() AT TIME ZONE 'UTC', '_YYYYMMDD"t"HH24MISS') AS former) AS chosen
       WHERE former NOT IN (SELECT datname FROM pg_database)`,
      [service.name, service.database, other, open],
    );
    if (rowCount === 0)
      throw new MoveError('the name for what the target has is taken, by a move of this very second.', 'Run this again.');
  });
}

/** Whether what the target had before is under the name that was chosen for it; until then it is in its own place. */
export async function isAside({ admin, service }: End): Promise<boolean> {
  const { rowCount } = await admin.query(
    `SELECT FROM shared_postgresql.move JOIN pg_database ON datname = former WHERE service = $1 AND side = 'target'`,
    [service.name],
  );
  return rowCount !== 0;
}

/** The target is open: its logins log in, and provisioning sees to it again. */
export async function openTarget(end: End): Promise<void> {
  const { admin, service } = end;
  const arrival = await readArrival(end);
  if (!arrival) return;
  await inTransaction(admin, async () => {
    // Nobody but the admin has anything in what is put aside.
    await runSelected(admin, CLOSE, [arrival.former]);
    await recordAs(end, '+moving', '');
    await setLogin(end, arrival.logins, 'LOGIN');
    await admin.query(
      'UPDATE shared_postgresql.login SET database_oid = (SELECT oid FROM pg_database WHERE datname = $1) WHERE database = $1 AND digest IS NOT NULL',
      [service.database],
    );
    await admin.query(`DELETE FROM shared_postgresql.move WHERE service = $1 AND side = 'target'`, [service.name]);
  });
}

const CLOSE = `
SELECT format('REVOKE ALL ON DATABASE %I FROM %I CASCADE', datname, rolname) AS statement
FROM pg_database CROSS JOIN LATERAL aclexplode(datacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee WHERE datname = $1 AND a.grantee <> datdba GROUP BY 1`;

/** The target is as it was before the move came. */
export async function giveBackTarget(end: End): Promise<void> {
  const { admin, service } = end;
  const arrival = await readArrival(end);
  if (!arrival) return;
  await whileNobodyProvisions(admin, async () => {
    const putBack = await isAside(end);
    if (putBack) await dropDatabase(end);
    await inTransaction(admin, async () => {
      if (putBack) await runSelected(admin, RENAME_DATABASE, [arrival.former, service.database]);
      await recordAs(end, '+moving', '');
      await setLogin(end, arrival.logins, 'LOGIN');
      await admin.query(`DELETE FROM shared_postgresql.move WHERE service = $1 AND side = 'target'`, [service.name]);
    });
  });
}

const RENAME_DATABASE = `SELECT format('ALTER DATABASE %I RENAME TO %I', $1::text, $2::text) AS statement`;

/** A drop waits until every session of the server has heard of it, and some heed nothing: so long, in minutes. */
const DROP_MINUTES = 5;

async function dropDatabase({ admin, service }: End): Promise<void> {
  await admin.query(`SET statement_timeout = '${DROP_MINUTES}min'`);
  try {
    await runSelected(admin, DROP_DATABASE, [service.database]);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '57014') throw error;
    throw new MoveError(
      `database ${service.database} of the target could not be dropped: a session there, of whichever service, heeds nothing.`,
      'Look in pg_stat_activity at the target for what has been running for minutes, and run this again when it has ended.',
    );
  } finally {
    await admin.query('RESET statement_timeout');
  }
}

const DROP_DATABASE = `SELECT format('DROP DATABASE %I WITH (FORCE)', datname) AS statement FROM pg_database WHERE datname = $1`;

/**
 * An empty database at the target, like the one that was put aside and as provisioning makes the inside of one, without schema files: these come with
 * the copy. What an earlier copy left is dropped.
 */
export async function makeRoom(end: End, former: string): Promise<void> {
  const { admin, service } = end;
  await dropDatabase(end);
  await runSelected(admin, LIKE_FORMER, [service.database, former]);
  await runSelected(admin, PRIVILEGES_OF_FORMER, [service.database, former]);
}

/** What a locale is called has another column in 15 and 16 than later. */
const LIKE_FORMER = `
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L LOCALE_PROVIDER %I', $1::text, pg_get_userbyid(datdba),
         pg_encoding_to_char(encoding), datcollate, datctype, CASE datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END)
       || coalesce(CASE datlocprovider WHEN 'i' THEN ' ICU_LOCALE ' ELSE ' BUILTIN_LOCALE ' END || quote_literal(coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')), '')
       AS statement
FROM pg_database AS d WHERE datname = $2`;

const PRIVILEGES_OF_FORMER = `
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $1::text) AS statement
UNION ALL
SELECT format('GRANT %s ON DATABASE %I TO %I', privilege_type, $1::text, rolname)
FROM pg_database CROSS JOIN LATERAL aclexplode(datacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee WHERE datname = $2 AND a.grantee <> datdba`;
