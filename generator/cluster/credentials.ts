import { loginsOf } from '../generate/logins.ts';
import type { Model } from '../generate/model.ts';
import { InputError } from '../generate/problem.ts';
import { warningsOfLogins } from '../server/certificate.ts';
import { readSecrets, type Credentials } from '../server/passwords.ts';
import { ClusterError } from './cluster-error.ts';
import { get, type Spot } from './kubectl.ts';

/** What logins log in with, out of the Secrets that the Job reads, and where services show a certificate out of theirs. Throws ClusterError. */
export async function readClusterCredentials(
  { services, platformLogins }: Pick<Model, 'services' | 'platformLogins'>,
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
  return readSecrets(texts, { services, platformLogins });
}

/** What is to be said of the certificates that logins must show: which end soon, or that nobody could look. Reads no Secret where none must. */
export async function reportedOfLogins(model: Pick<Model, 'services' | 'platformLogins'>, spot: Spot): Promise<string[]> {
  if (loginsOf(model).every(({ clientCertificate }) => clientCertificate === '')) return [];
  try {
    const { certificates } = await readClusterCredentials(model, spot);
    return warningsOfLogins(certificates, Date.now());
  } catch (error) {
    if (error instanceof ClusterError || error instanceof InputError)
      return [
        'nobody looked at the certificates that logins must show, because their Secrets could not be read; doctor says why',
      ];
    throw error;
  }
}
