import pLimit from 'p-limit';
import pg from 'pg';
import type { Generated } from '../generate/generate.ts';
import { readPlan, type PlannedStatement, type Progress } from './plan.ts';
import { readReported, warningsOfLogins } from './certificate.ts';
import { prepare } from './scram.ts';
import type { Credentials } from './passwords.ts';
import { asAdmin, inSession, readScript, setInputs, showing, type Connection } from './session.ts';

/** Logins that are tried at once: enough to keep the server busy, few enough for its smallest max_connections. */
const AT_ONCE = 8;

/** How often somebody tries to log in at most; some hundred services make more pairs than that, and are sampled. */
const ATTEMPTS = 25_000;

/** One login tried on one database. */
export interface Attempt {
  readonly service: string;
  readonly user: string;
  readonly database: string;
  /** Whether it is its own database, which it must be able to open; any other it must not. */
  readonly own: boolean;
  readonly outcome: 'open' | 'refused' | 'wrong';
  /** What the server said, when the outcome is wrong. */
  readonly detail?: string;
}

/** Who opens what. */
export interface Access {
  readonly attempts: readonly Attempt[];
  /** A sentence for each door that is not as it must be. */
  readonly wrong: readonly string[];
}

/** What the proof found. */
export interface Verification extends Access {
  /** All that differs from the values, inside the databases as well. */
  readonly plan: readonly PlannedStatement[];
  /** A sentence for each thing that is not as it must be, of doors and plan; empty when the services are isolated. */
  readonly findings: readonly string[];
  /** What else somebody may want to know: who is connected without TLS, and that the certificate ends soon. */
  readonly reported: readonly string[];
}

export interface VerifyOptions extends Credentials {
  readonly connection: Connection;
  readonly generated: Generated;
  readonly progress: Progress;
}

/**
 * Proves that every login opens its own database and no other: by the plan, which must be empty inside the databases as well;
 * by the catalogs, for all pairs of login and database; and by real logins. Changes nothing. Throws what the driver throws
 * when the admin cannot log in.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { connection, generated } = options;
  // Whoever provisions now comes first, and nobody else meanwhile.
  return asAdmin(connection, async (client) => {
    await client.query(`SET lock_timeout = '30min'; SELECT pg_advisory_lock_shared(hashtext('shared_postgresql'))`);
    const plan = await readPlan({ connection, generated, compare: 'all', progress: options.progress });
    const { pairs, privileges } = await readExpectations(client, generated);
    const attempts = await tryLogins(pairs, options);
    const bare = await tryWithoutCertificates(pairs, options);
    const wrong = [...privileges.map(sentenceOn), ...attempts.flatMap(findingOf), ...bare];
    const needed = plan
      .filter(({ reported }) => !reported)
      .map(({ service, statement, reason }) => `${service}: ${statement}  -- ${reason}`);
    const reported = [...(await readReported(client, options.connection)), ...warningsOfLogins(options.certificates, Date.now())];
    return { plan, attempts, wrong, findings: [...needed, ...wrong], reported };
  });
}

/** Who opens what by the catalogs alone, for whoever has no passwords: a login that is not there opens nothing. */
export async function readAccess(connection: Connection, generated: Generated): Promise<Access> {
  return asAdmin(connection, async (client) => {
    const { pairs, privileges } = await readExpectations(client, generated);
    const otherwise = new Set(privileges.map(({ user, database }) => `${user} ${database}`));
    const logins = await readLogins(client, pairs);
    const attempts = pairs.map(({ credential: _, needs_certificate: __, ...pair }): Attempt => {
      const isRight = logins.has(pair.user) ? !otherwise.has(`${pair.user} ${pair.database}`) : !pair.own;
      return { ...pair, outcome: isRight ? (pair.own ? 'open' : 'refused') : 'wrong' };
    });
    const missing = attempts.filter(({ own, user }) => own && !logins.has(user));
    return {
      attempts,
      wrong: [...missing.map(({ service, user }) => `${service}: there is no login ${user}`), ...privileges.map(sentenceOn)],
    };
  });
}

/** Those of the pairs' roles that may log in. */
async function readLogins(client: pg.Client, pairs: readonly Pair[]): Promise<ReadonlySet<string>> {
  const users = [...new Set(pairs.map(({ user }) => user))];
  const { rows } = await client.query<{ user: string }>(
    'SELECT rolname::text AS "user" FROM pg_roles WHERE rolcanlogin AND rolname::text = ANY ($1)',
    [users],
  );
  return new Set(rows.map(({ user }) => user));
}

type Door = Pick<Attempt, 'service' | 'user' | 'database' | 'own'>;

interface Pair extends Door {
  readonly credential: string;
  /** Whether nobody gets in without a certificate. */
  readonly needs_certificate: boolean;
}

interface Expectations {
  readonly pairs: readonly Pair[];
  /** The pairs that the catalogs have otherwise. */
  readonly privileges: readonly Door[];
}

async function readExpectations(client: pg.Client, { files }: Generated): Promise<Expectations> {
  const desired = files.find(({ path }) => path === 'desired.json')?.content ?? '';
  await setInputs(client, { desired, attempts: String(ATTEMPTS) });
  const logins = await client.query<Pair>(readScript('verify-logins.sql'));
  const otherwise = await client.query<Door>(readScript('verify-catalogs.sql'));
  return { pairs: logins.rows, privileges: otherwise.rows };
}

function sentenceOn({ service, user, database, own }: Door): string {
  return `${service}: by the catalogs ${user} ${own ? 'may not' : 'may'} connect to database ${database}`;
}

async function tryLogins(pairs: readonly Pair[], options: VerifyOptions): Promise<Attempt[]> {
  const { progress } = options;
  const limit = pLimit(AT_ONCE);
  progress.start(pairs.length, 'logins tried');
  const attempts = await limit.map(pairs, async (pair) => {
    const attempt = await tryLogin(pair, options);
    progress.step();
    return attempt;
  });
  progress.stop();
  return attempts;
}

async function tryLogin(
  { credential, needs_certificate: _, ...pair }: Pair,
  { connection, passwords, certificates }: VerifyOptions,
): Promise<Attempt> {
  const password = passwords.get(credential);
  if (pair.own && password === undefined) return { ...pair, outcome: 'wrong', detail: 'its password is not among the Secrets' };
  // A login that is let in as far as the password has passed a door that must be closed, so any password will do.
  const login = { user: pair.user, database: pair.database, password: prepare(password ?? 'none'), options: '' };
  try {
    await inSession({ ...showing(connection, certificates?.get(credential)), ...login }, () => Promise.resolve());
    return pair.own ? { ...pair, outcome: 'open' } : { ...pair, outcome: 'wrong', detail: 'it got in' };
  } catch (error) {
    return { ...pair, ...judge(pair, error) };
  }
}

/** Whoever must show a certificate is tried without: the server must ask for it before all else. A sentence for each that it does not ask. */
async function tryWithoutCertificates(pairs: readonly Pair[], { connection, passwords }: VerifyOptions): Promise<string[]> {
  const found: string[] = [];
  for (const { service, credential, user, database } of pairs.filter(({ own, needs_certificate: needs }) => own && needs)) {
    const login = { user, database, password: prepare(passwords.get(credential) ?? 'none'), options: '' };
    const isAsked = await inSession({ ...connection, ...login }, () => Promise.resolve(false)).catch(
      (error: unknown) => error instanceof pg.DatabaseError && error.code === REJECTED_BY_HBA,
    );
    if (!isAsked) found.push(`${service}: ${user} ${NOT_ASKED(database)}`);
  }
  return found;
}

/** verify.sh says the same. */
const NOT_ASKED = (database: string): string =>
  `opens its database ${database} without a certificate: the server has an older pg_hba.conf than its ConfigMap; restart its pod`;

/** SQLSTATEs of a refusal (PostgreSQL's errcodes.txt). */
const REJECTED_BY_HBA = '28000';
const NO_PRIVILEGE = '42501';
const TOO_MANY_CONNECTIONS = '53300';

function judge({ own }: Pick<Attempt, 'own'>, error: unknown): Pick<Attempt, 'outcome' | 'detail'> {
  // A service has a say in it, however long.
  const detail = (error instanceof Error ? error.message : String(error)).slice(0, 2000);
  const code = error instanceof pg.DatabaseError ? error.code : undefined;
  // The limit of a role is looked at when all doors are passed.
  if (own && code === TOO_MANY_CONNECTIONS && detail.includes('for role')) return { outcome: 'open' };
  const isRefusal = (code === REJECTED_BY_HBA && detail.includes('pg_hba.conf rejects')) || code === NO_PRIVILEGE;
  return !own && isRefusal ? { outcome: 'refused' } : { outcome: 'wrong', detail };
}

function findingOf({ service, user, database, own, outcome, detail }: Attempt): string[] {
  if (outcome !== 'wrong') return [];
  if (own) return [`${service}: ${user} cannot open its database ${database}: ${detail ?? ''}`];
  if (detail === 'it got in') return [`${service}: ${user} opens database ${database}, which is not its own`];
  return [`${service}: ${user} was not refused at the door of database ${database}: ${detail ?? ''}`];
}
