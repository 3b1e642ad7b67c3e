import type { Connection } from '../server/session.ts';
import { readSecret, type ClusterDeployment } from './deployment.ts';
import { FORWARDED, forwarding } from './kubectl.ts';

/** Uses the server of a deployment as its admin, through a forwarded port, by verify-full where it speaks TLS. Throws ClusterError. */
export async function asClusterAdmin<T>(deployment: ClusterDeployment, use: (connection: Connection) => Promise<T>): Promise<T> {
  const { adminSecret, tlsSecret } = deployment;
  const { username: user = 'postgres', password = '' } = await readSecret(adminSecret, deployment);
  const ca = tlsSecret === undefined ? undefined : (await readSecret(tlsSecret, deployment))['ca.crt'];
  // The certificate has the name localhost.
  const ssl = tlsSecret === undefined ? false : { ca, servername: 'localhost' };
  return forwarding(deployment, (port) => use({ host: FORWARDED, port, user, password, ssl }));
}
