import { createHash } from 'node:crypto';

/**
 * Stands in for the data, in Base64, that the chart writes into the Secret of a login's certificates (shared-postgresql.settledClientCertificate): what is the
 * same in all is about as long, and what differs is as hard to compress, and the same every time.
 */
export function issuedData(logins: readonly string[], inUse: string): [key: string, text: string][] {
  const pairs = logins.map((login) => ({ login, ...pairOf(login) }));
  const used = pairs.find(({ login }) => login === inUse);
  return [
    ...pairs.flatMap(({ login, certificate, key, der }): [string, string][] => [
      [`${login}.key.der`, base64(der)],
      [`${login}.tls.crt`, base64(certificate)],
      [`${login}.tls.key`, base64(key)],
    ]),
    ['tls.crt', base64(used?.certificate ?? '')],
    ['tls.key', base64(used?.key ?? '')],
  ];
}

/** What stands beside it: times, names and hashes. */
export function issuedFacts(logins: readonly string[]): Readonly<Record<string, string>> {
  return {
    'shared-postgresql/certificate-authority': 'a'.repeat(64),
    'shared-postgresql/certificate-ends': '2028-11-28T00:00:00Z',
    'shared-postgresql/certificate-hash': randomLike(logins.join(), 32).toString('hex'),
    'shared-postgresql/certificate-names': logins.join(),
  };
}

interface Pair {
  readonly certificate: string;
  readonly key: string;
  readonly der: Buffer;
}

/** On the curve P-256: a serial number, the key's two parts and the signature are nobody's to foresee (RFC 5280, RFC 5915). */
function pairOf(login: string): Pair {
  const [serial, open, secret, signature] = [16, 64, 32, 70].map((length) => randomLike(`${login}${length}`, length));
  const certificate = [same(15), serial, same(80), login, same(27), open, same(100), signature];
  const key = bytesOf([same(7), secret, same(18), open]);
  return {
    certificate: pem('CERTIFICATE', bytesOf(certificate)),
    key: pem('EC PRIVATE KEY', key),
    der: bytesOf([same(29), key]),
  };
}

type Piece = Buffer | string | undefined;

const bytesOf = (pieces: readonly Piece[]): Buffer => Buffer.concat(pieces.map((piece) => Buffer.from(piece ?? '')));

const same = (length: number): Buffer => Buffer.alloc(length, 'the same in every certificate ');

const base64 = (data: string | Buffer): string => Buffer.from(data).toString('base64');

function pem(what: string, der: Buffer): string {
  const lines = base64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${what}-----\n${lines.join('\n')}\n-----END ${what}-----\n`;
}

function randomLike(seed: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, block) =>
    createHash('sha256').update(`${seed} ${block}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}
