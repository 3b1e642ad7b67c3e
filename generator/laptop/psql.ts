import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { codeOf } from '../generate/read/reasons.ts';
import type { ClientCertificate } from '../server/found-passwords.ts';
import { LaptopError } from './laptop-error.ts';

/** A login, and how it reaches its database. */
export interface Session {
  readonly host: string;
  /** Its address, where that is not what the name stands for. */
  readonly hostaddr?: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** PGSSL… of libpq. */
  readonly ssl: Readonly<Record<string, string>>;
  /** The certificate of the authority by which the server is known, unless ssl names its file. */
  readonly authority?: string;
  /** What it shows beside the password. */
  readonly certificate?: ClientCertificate;
  /** Further settings of libpq: PGOPTIONS. */
  readonly given?: Readonly<Record<string, string>>;
}

/**
 * Runs psql at this terminal. The password is in a file that is gone afterwards, never in an argument or the environment, which others may see. Gives
 * psql's exit code. Throws LaptopError when there is no psql.
 */
export async function runPsql(session: Session, args: readonly string[], stdout: Writable): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'shared-postgresql-'));
  try {
    const env = { ...withoutLibpq(process.env), ...variablesOf(session, folder) };
    return await endOf(spawn('psql', args, { env, stdio: ['inherit', stdout, 'inherit'] }));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new LaptopError(
      'there is no psql on this machine.',
      'Install the client programs of PostgreSQL: the package postgresql-client, or libpq.',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function variablesOf(
  { host, hostaddr, port, database, user, password, ssl, authority, certificate, given }: Session,
  folder: string,
): Record<string, string> {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const escape = (text: string): string => text.replace(/[\\:]/g, '\\$&');
  return {
    // Else libpq shows what it finds in the person's folder, and the server refuses whom another authority signed.
    PGSSLCERT: join(folder, 'none'),
    ...ssl,
    ...(authority === undefined ? {} : { PGSSLROOTCERT: write('ca.crt', authority) }),
    ...(certificate && { PGSSLCERT: write('tls.crt', certificate.cert), PGSSLKEY: write('tls.key', certificate.key) }),
    ...given,
    PGHOST: host,
    ...(hostaddr !== undefined && { PGHOSTADDR: hostaddr }),
    PGPORT: String(port),
    PGDATABASE: database,
    PGUSER: user,
    // For this server and login alone: \\connect to another host asks.
    PGPASSFILE: write('pgpass', `${escape(host)}:${port}:*:${escape(user)}:${escape(password)}\n`),
    PGREQUIREAUTH: 'scram-sha-256',
    PGCONNECT_TIMEOUT: '30',
  };
}

/** Without what names another server, login or file. */
function withoutLibpq(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('PG') && name !== 'DATABASE_URL'));
}

/** Ctrl-C is for psql, which has it from the terminal; other signals are handed on. */
async function endOf(child: ReturnType<typeof spawn>): Promise<number> {
  const ignore = (): void => undefined;
  const end = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', ignore).on('SIGTERM', end).on('SIGHUP', end);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', end).off('SIGHUP', end);
  }
}
