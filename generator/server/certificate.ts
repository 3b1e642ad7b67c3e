import { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type pg from 'pg';
import type { Credentials } from './passwords.ts';
import { readScript, type Connection } from './session.ts';

/** What somebody may want to know of how the server is reached, and what no proof depends on. */
export async function readReported(client: pg.Client, { plainHome }: Connection): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(readScript('plain-text.sql'));
  const hint = plainHome === undefined ? OURS : OTHERS;
  return [...rows.map(({ line }) => line), ...warningOfEnd(client.connection.stream, Date.now(), hint)];
}

/** Who renews the certificate of a server. */
const OURS = 'with tls.mode generated helm upgrade does, else look at cert-manager or at your Secret';
const OTHERS = 'whoever runs the server does';

/** Once the last third of the certificate's life has begun, in which somebody should have renewed it; warn_of_end of the Job says the same. */
export function warningOfEnd(stream: unknown, now: number, hint = OURS): string[] {
  if (!(stream instanceof TLSSocket)) return [];
  const { valid_from: validFrom, valid_to: validTo } = stream.getPeerCertificate();
  return warningOf({ validFrom, validTo }, now, "the server's certificate ends", hint);
}

/** The same of the certificates that logins show, by their credential. What is no certificate is what the login fails by. */
export function warningsOfLogins(certificates: Credentials['certificates'] = new Map(), now: number): string[] {
  const hint = 'then the server lets it in no more; renew the one in the Secret that clientCertificate names';
  return [...certificates].flatMap(([credential, { cert }]) =>
    parse(cert).flatMap((certificate) => warningOf(certificate, now, `the certificate that ${credential} must show ends`, hint)),
  );
}

function parse(certificate: string): X509Certificate[] {
  try {
    return [new X509Certificate(certificate)];
  } catch {
    return [];
  }
}

type Life = Pick<X509Certificate, 'validFrom' | 'validTo'>;

function warningOf({ validFrom, validTo }: Life, now: number, what: string, hint: string): string[] {
  const [begin, end] = [Date.parse(validFrom), Date.parse(validTo)];
  if (now <= end - (end - begin) / 3) return [];
  const time = new Date(end).toISOString().slice(0, 16).replace('T', ' ');
  return [`WARNING: ${what} on ${time} UTC, and nobody renewed it: ${hint}`];
}
