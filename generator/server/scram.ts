import saslprep from '@mongodb-js/saslprep';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** PostgreSQL's default, and what libpq takes against servers before 16 (SCRAM_SHA_256_DEFAULT_ITERATIONS). */
export const DEFAULT_ITERATIONS = 4096;

/**
 * The SCRAM-SHA-256 verifier of a password, as pg_authid.rolpassword holds it (RFC 5803, RFC 7677). `salt` has 16 random bytes.
 */
export function scramVerifier(password: string, salt: Buffer, iterations = DEFAULT_ITERATIONS): string {
  const salted = pbkdf2Sync(prepare(password), salt, iterations, 32, 'sha256');
  const key = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`;
}

/** A password as both ends must normalise it (RFC 4013); like libpq, one with forbidden characters is taken as it is. */
export function prepare(password: string): string {
  try {
    return saslprep(password);
  } catch {
    return password;
  }
}
