import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './folders.ts';
import { dataOf, pick, withSecretText, type Manifest } from './manifests.ts';

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** What the chart's Secret of the certificate holds. */
export function certificateOf(manifests: readonly Manifest[]): Record<string, string> {
  return dataOf(pick(manifests, 'Secret', /-tls$/));
}

/** An authority that signed nothing yet. */
export function makeAuthority(): Pair {
  const folder = newFolder();
  openssl(folder, 'req', '-x509', ...NEW_KEY, '-keyout', 'key', '-out', 'crt', '-days', '2', '-subj', '/CN=another');
  return { certificate: readFileSync(join(folder, 'crt'), 'utf8'), key: readFileSync(join(folder, 'key'), 'utf8') };
}

/** The manifests with another certificate for the same names, signed by their own authority or another, valid from and until so many seconds from now. */
export function withCertificate(
  manifests: readonly Manifest[],
  { from = -60, until = 86_400, authority }: { from?: number; until?: number; authority?: Pair } = {},
): Manifest[] {
  const present = certificateOf(manifests);
  const signer = authority ?? { certificate: present['ca.crt'] ?? '', key: present['ca.key'] ?? '' };
  const { certificate, key } = sign(signer, { from, until, name: 'shared-postgresql-service' });
  const texts = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': signer.certificate, 'ca.key': signer.key };
  return Object.entries(texts).reduce<Manifest[]>(
    (changed, [name, text]) => withSecretText(changed, /-tls$/, name, text),
    [...manifests],
  );
}

/** A Secret with a certificate for a login, signed by the authority of the manifests or another, as whoever runs one brings it. */
export function clientCertificate(
  manifests: readonly Manifest[],
  { secret, user, authority, ...times }: { secret: string; user: string; authority?: Pair; from?: number; until?: number },
): Manifest {
  const present = certificateOf(manifests);
  const signer = authority ?? { certificate: present['ca.crt'] ?? '', key: present['ca.key'] ?? '' };
  const { certificate, key } = sign(signer, { from: -60, until: 86_400, ...times, name: user });
  const data = Object.fromEntries(
    Object.entries({ 'tls.crt': certificate, 'tls.key': key }).map(([name, text]) => [
      name,
      Buffer.from(text).toString('base64'),
    ]),
  );
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: secret, namespace: 'default' }, data };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const CONFIGURATION = `[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
policy = subject
x509_extensions = names
unique_subject = no
rand_serial = yes
default_md = sha256
[subject]
commonName = supplied
[names]
subjectAltName = DNS:localhost,IP:127.0.0.1,DNS:shared-postgresql-service.default.svc
`;

interface Signed {
  readonly from: number;
  readonly until: number;
  /** Whom it names. */
  readonly name: string;
}

function sign({ certificate, key }: Pair, { from, until, name: subject }: Signed): Pair {
  const folder = newFolder();
  const files = { 'ca.crt': certificate, 'ca.key': key, index: '', configuration: CONFIGURATION };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  openssl(folder, 'req', ...NEW_KEY, '-keyout', 'key', '-out', 'csr', '-subj', `/CN=${subject}`);
  const signer = ['-config', 'configuration', '-cert', 'ca.crt', '-keyfile', 'ca.key', '-batch', '-notext'];
  openssl(folder, 'ca', ...signer, '-in', 'csr', '-out', 'crt', '-startdate', timeIn(from), '-enddate', timeIn(until));
  return { certificate: readFileSync(join(folder, 'crt'), 'utf8'), key: readFileSync(join(folder, 'key'), 'utf8') };
}

/** As OpenSSL wants it: 20261128120000Z. */
function timeIn(seconds: number): string {
  return `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}

function newFolder(): string {
  return mkdtempSync(join(temporaryFolder(), 'authority-'));
}

function openssl(folder: string, ...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
}
