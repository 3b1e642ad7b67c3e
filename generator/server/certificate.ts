import { TLSSocket } from 'node:tls';
import type pg from 'pg';
import { readScript } from './session.ts';

/** What somebody may want to know of how the server is reached, and what no proof depends on. */
export async function readReported(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(readScript('plain-text.sql'));
  return [...rows.map(({ line }) => line), ...warningOfEnd(client.connection.stream, Date.now())];
}

/** Once the last third of the certificate's life has begun, in which somebody should have renewed it; warn_of_end of the Job says the same. */
export function warningOfEnd(stream: unknown, now: number): string[] {
  if (!(stream instanceof TLSSocket)) return [];
  const { valid_from: from, valid_to: until } = stream.getPeerCertificate();
  const [begin, end] = [Date.parse(from), Date.parse(until)];
  if (now <= end - (end - begin) / 3) return [];
  const time = new Date(end).toISOString().slice(0, 16).replace('T', ' ');
  return [
    `WARNING: the server's certificate ends on ${time} UTC, and nobody renewed it: with tls.mode generated helm upgrade does, else look at cert-manager or at your Secret`,
  ];
}
