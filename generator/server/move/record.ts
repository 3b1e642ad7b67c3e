import type pg from 'pg';
import type { End } from './ends.ts';

/**
 * How far a move is, as the source has it. Copying: a copy that is cut off begins anew. Following: changes come after it. Locked: nobody
 * writes at the source. Moved: the service is the target's, and nothing leads back.
 */
export type Phase = 'copying' | 'following' | 'locked' | 'moved';

/** A table by its name as SQL has it, and the replica identity that it had before the move (pg_class.relreplident). */
export interface Identity {
  readonly table: string;
  readonly was: string;
}

/** What the source remembers of a move. */
export interface Move {
  readonly phase: Phase;
  /** The number that initdb gave the target. */
  readonly other: string;
  readonly withDowntime: boolean;
  /** Which of the service's logins could log in before. */
  readonly logins: readonly string[];
  /** Tables whose replica identity is another for the time of the move. */
  readonly identities: readonly Identity[];
}

/** What the target remembers of a move that comes to it. */
export interface Arrival {
  /** What was in the database's place before. */
  readonly former: string;
  readonly logins: readonly string[];
  readonly other: string;
}

/** The move of the service from this end. One that is over, after which the service is this deployment's again, is forgotten. */
export async function readMove({ admin, service }: Pick<End, 'admin' | 'service'>): Promise<Move | undefined> {
  const { rows } = await admin.query<Move>(
    `SELECT phase, other, with_downtime AS "withDowntime", logins, identities FROM shared_postgresql.move AS m
     WHERE service = $1 AND side = 'source' AND NOT (phase = 'moved' AND EXISTS (
       SELECT FROM shared_postgresql.login AS l WHERE l.database = m.database AND l.service = m.service))`,
    [service.name],
  );
  return rows[0];
}

/** Writes down that a move begins, in place of one that is over. */
export async function beginMove({ admin, service }: End, other: string, withDowntime: boolean): Promise<void> {
  await admin.query(
    `INSERT INTO shared_postgresql.move (service, side, database, phase, other, with_downtime) VALUES ($1, 'source', $2, 'copying', $3, $4)
     ON CONFLICT (service, side) DO UPDATE SET phase = 'copying', other = excluded.other, with_downtime = excluded.with_downtime,
       database = excluded.database, logins = '{}', identities = '[]', at = now()`,
    [service.name, service.database, other, withDowntime],
  );
}

export async function enterPhase({ admin, service }: End, phase: Phase): Promise<void> {
  await admin.query(`UPDATE shared_postgresql.move SET phase = $2, at = now() WHERE service = $1 AND side = 'source'`, [
    service.name,
    phase,
  ]);
}

export async function rememberIdentities({ admin, service }: End, identities: readonly Identity[]): Promise<void> {
  await admin.query(`UPDATE shared_postgresql.move SET identities = $2 WHERE service = $1 AND side = 'source'`, [
    service.name,
    JSON.stringify(identities),
  ]);
}

export async function readArrival({ admin, service }: Pick<End, 'admin' | 'service'>): Promise<Arrival | undefined> {
  const { rows } = await admin.query<Arrival>(
    `SELECT former, logins, other FROM shared_postgresql.move WHERE service = $1 AND side = 'target'`,
    [service.name],
  );
  return rows[0];
}

/** The number that initdb gave the server. */
export async function identityOf(admin: pg.Client): Promise<string> {
  const { rows } = await admin.query<{ number: string }>('SELECT system_identifier::text AS number FROM pg_control_system()');
  return rows[0]?.number ?? '';
}
