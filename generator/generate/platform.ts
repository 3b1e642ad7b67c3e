import { compare } from './problem.ts';
import type { CompleteValues } from './validate/contract.ts';
import { ARCHIVE_USER } from './validate/names.ts';
import { ownLogins, PLATFORM_ROLE, type OwnLogin } from './validate/platform-logins.ts';

/** The credential of the login that receives the write-ahead log. */
export const ARCHIVE = '+archive';

/** A login that the deployment itself uses beside the admin, with the least that its work needs. */
export interface PlatformLogin {
  /** Its credential, which no service can be called. */
  readonly name: string;
  readonly user: string;
  readonly connectionLimit: number;
  /** How many times it was rotated. */
  readonly rotation: number;
  /** Whether it receives the write-ahead log. Then it opens no database; else the admin's. */
  readonly replicates?: true;
  /** Roles whose rights it has. */
  readonly memberOf?: readonly string[];
  /** By PostgreSQL's names. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A Secret of the platform team's that its password comes from; empty for the chart's. */
  readonly passwordSecret: string;
}

/** The archive's, and those that values.yaml declares, by name. */
export function platformLoginsOf(values: CompleteValues): PlatformLogin[] {
  const declared = ownLogins(values).map(monitoringOf);
  return [...archiveOf(values), ...declared.sort((a, b) => compare(a.name, b.name))];
}

/** One that receives the write-ahead log, and makes base backups. Sessions that replicate are not of max_connections: PostgreSQL has max_wal_senders for them. */
function archiveOf({ backup: { pointInTime } }: CompleteValues): PlatformLogin[] {
  const { enabled, existingSecret: passwordSecret, rotation } = pointInTime;
  if (!enabled) return [];
  return [{ name: ARCHIVE, user: ARCHIVE_USER, connectionLimit: 4, rotation, replicates: true, passwordSecret }];
}

/** What nobody waits for that only looks. */
const OF_MONITORING = {
  idle_in_transaction_session_timeout: '1min',
  lock_timeout: '10s',
  statement_timeout: '1min',
  temp_file_limit: '1GB',
};

function monitoringOf({ name, user, entry }: OwnLogin): PlatformLogin {
  const { connectionLimit, existingSecret, rotation } = entry;
  const rights = { memberOf: ['pg_monitor', PLATFORM_ROLE], settings: OF_MONITORING };
  return { name: `+${name}`, user, connectionLimit, rotation, ...rights, passwordSecret: existingSecret };
}
