import { loginsOf } from '../generate/logins.ts';
import type { Model } from '../generate/model.ts';
import { readSecrets, type Credentials } from '../server/passwords.ts';
import { get, type Spot } from './kubectl.ts';

/** What logins log in with, out of the Secrets that the Job reads, and where services show a certificate out of theirs. Throws ClusterError. */
export async function readClusterCredentials(
  { services }: Pick<Model, 'services'>,
  { context, namespace }: Spot,
): Promise<Required<Credentials>> {
  const elsewhere = loginsOf({ services })
    .filter(({ clientCertificate, service }) => clientCertificate !== '' && service.namespace !== '')
    .map(({ clientCertificate, service }) => ['secret', clientCertificate, '--namespace', service.namespace]);
  // Not what Helm keeps, which is megabytes.
  const all = ['secrets', '--field-selector', 'type!=helm.sh/release.v1'];
  const own = await get(all, { context, namespace });
  const further = await Promise.all(elsewhere.map((words) => get(words, { context })));
  const texts = [own, ...further].map((data) => ({ file: 'the Secrets of the cluster', text: JSON.stringify(data) }));
  return readSecrets(texts, services);
}
