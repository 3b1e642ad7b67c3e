import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { InputError } from '../generate/problem.ts';
import type { Address, SslMode } from '../generate/validate/engine.ts';
import { asIts, type Connection } from '../server/session.ts';
import { readSecret, type ClusterDeployment } from './deployment.ts';
import { FORWARDED, forwarding } from './kubectl.ts';

/** How a server is reached from here, and known: in libpq's terms. */
export interface Way {
  /** The name that its certificate must have. */
  readonly host: string;
  /** The address that is asked, where that is not what the name stands for. */
  readonly hostaddr?: string;
  readonly port: number;
  readonly sslmode: SslMode;
  /** The authorities of verify-full. */
  readonly ca?: string;
}

/** Leads to the server of a deployment as long as that is used: through a forwarded port, or to where somebody else runs it. Throws ClusterError. */
export async function reaching<T>(
  { server, tlsSecret, context, namespace }: ClusterDeployment,
  ca: string | undefined,
  use: (way: Way) => Promise<T>,
): Promise<T> {
  if ('host' in server) return use({ ...wayTo(server, process.env), ca });
  // The certificate has the name localhost, which may be an address that somebody else has; without one nothing but the address tells who answers.
  const known = tlsSecret === undefined ? { host: FORWARDED, sslmode: 'disable' as const } : VERIFIED;
  return forwarding({ ...server, context, namespace }, (port) => use({ ...known, port, ca }));
}

const VERIFIED = { host: 'localhost', hostaddr: FORWARDED, sslmode: 'verify-full' } as const;

/** A server that is let be reached from within the cluster alone may be led to by somebody: libpq has PGHOSTADDR for that, and so have we. */
function wayTo(address: Address, { PGHOSTADDR: hostaddr = '', PGPORT: port = '' }: NodeJS.ProcessEnv): Way {
  const { host, sslmode } = address;
  if (hostaddr === '') return { host, port: address.port, sslmode };
  if (isIP(hostaddr) === 0) throw refusal('PGHOSTADDR', hostaddr, 'an address: 127.0.0.1');
  if (!/^\d{0,5}$/.test(port)) throw refusal('PGPORT', port, 'a number: 5432');
  return { host, hostaddr, port: port === '' ? address.port : Number(port), sslmode };
}

const refusal = (file: string, found: string, allowed: string): InputError =>
  new InputError([
    {
      file,
      message: `it is ${JSON.stringify(found)}, and must be ${allowed}`,
      hint: 'It says where engine.external.host is reached from this machine; unset it where the name leads there.',
    },
  ]);

/** The authority by which a server is known, where it has one. Throws ClusterError. */
export async function readAuthority({ tlsSecret, ...spot }: ClusterDeployment): Promise<string | undefined> {
  return tlsSecret === undefined ? undefined : (await readSecret(tlsSecret, spot))['ca.crt'];
}

/** Uses the server of a deployment as its admin. Throws ClusterError. */
export async function asClusterAdmin<T>(deployment: ClusterDeployment, use: (connection: Connection) => Promise<T>): Promise<T> {
  const { admin, adminSecret } = deployment;
  const { username = admin.user, password = '' } = await readSecret(adminSecret, deployment);
  const user = nameOfAdmin(deployment, username);
  return reaching(deployment, await readAuthority(deployment), (way) => use(asIts({ ...driven(way), user, password }, admin)));
}

/** Of a server of somebody else's the values say it, as they do to the Job; else the Secret with the password. */
export const nameOfAdmin = ({ admin }: ClusterDeployment, username: string): string => (admin.isPlain ? admin.user : username);

/** A way in the driver's terms. */
function driven({ host, hostaddr = host, port, sslmode, ca }: Way): Connection {
  const base = { host: hostaddr, port };
  if (sslmode === 'disable') return { ...base, ssl: false };
  // Some providers tell their servers apart by it; an address is no such name.
  const named = isIP(host) === 0 ? { servername: host } : {};
  if (sslmode === 'require') return { ...base, ssl: { ...named, rejectUnauthorized: false }, enableChannelBinding: true };
  const isIts = (_: string, certificate: PeerCertificate): Error | undefined => checkServerIdentity(host, certificate);
  return { ...base, ssl: { ...named, ca, checkServerIdentity: isIts } };
}
