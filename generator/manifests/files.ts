import { loginsOf } from '../generate/logins.ts';
import type { Model } from '../generate/model.ts';
import { compare } from '../generate/problem.ts';
import { refuseTwoOfOnePath } from '../generate/render.ts';
import { MANIFESTS_BANNER, type OutputFile } from '../generate/render/output.ts';
import type { KubernetesObject } from './objects.ts';

/** Where the passwords are unless somebody says otherwise, relative to the folder of the manifests. */
export const PASSWORDS_PATH = 'passwords.env';

/** The folders of manifests below that folder. */
export const FOLDERS = ['secrets', 'schema'];

/** Those of the deployment's own logins, and of the certificate. */
const OWN_SECRETS = ['postgresql-secret.yaml', 'postgresql-archive-secret.yaml', 'postgresql-tls-secret.yaml'];

/** A file for each object, what git is to ignore, and the list for kustomize. */
export function renderManifests(objects: readonly KubernetesObject[], model: Model): readonly OutputFile[] {
  const pathOf = namerFor(objects, model);
  const manifests = objects.map((object): OutputFile => ({
    path: pathOf(object),
    content: `# ${MANIFESTS_BANNER}\n${object.text}`,
    isPrivate: object.kind === 'Secret',
  }));
  const paths = manifests.map(({ path }) => path).sort(compare);
  return refuseTwoOfOnePath([...manifests, renderKustomization(paths), IGNORED]);
}

/** By a name that kustomize knows, and that `kubectl apply --filename` takes for no manifest, as it would kustomization.yaml. */
function renderKustomization(paths: readonly string[]): OutputFile {
  const head = `# ${MANIFESTS_BANNER}\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n`;
  return { path: 'Kustomization', content: `${head}${paths.map((path) => `  - ${path}\n`).join('')}` };
}

/** All that has passwords or a key. */
const IGNORED: OutputFile = {
  path: '.gitignore',
  content: `# ${MANIFESTS_BANNER}\n/${PASSWORDS_PATH}\n${OWN_SECRETS.map((path) => `/${path}\n`).join('')}/secrets/\n`,
};

/** What objects of one kind and component are told apart by: what their names end with. */
const NAMED: Readonly<Record<string, string>> = {
  'ConfigMap -provisioning': 'postgresql-init-configmap.yaml',
  'ConfigMap -desired': 'postgresql-desired-configmap.yaml',
  'ConfigMap -upgrade': 'postgresql-upgrade-configmap.yaml',
  'NetworkPolicy -dns': 'postgresql-dns-networkpolicy.yaml',
  'Service -headless': 'postgresql-headless-service.yaml',
};

/** The path of an object: what its file is called in the reference deployment, or by its component and kind, with a number from the second on. */
function namerFor(objects: readonly KubernetesObject[], model: Model): (object: KubernetesObject) => string {
  const server = objects.find(
    ({ kind, component }) => component === 'server' && (kind === 'StatefulSet' || kind === 'Deployment'),
  );
  const release = server?.name ?? '';
  const credentials = new Map(loginsOf(model).map(({ credential, secretName }) => [secretName, credential]));
  const taken = new Map<string, number>();
  return ({ kind, name, namespace, component }) => {
    const credential = kind === 'Secret' ? credentials.get(name) : undefined;
    // No name has a plus sign.
    const elsewhere = namespace === server?.namespace ? '' : `+${namespace}`;
    if (credential !== undefined) return `secrets/${credential}-secret${elsewhere}.yaml`;
    if (kind === 'Secret' && component === 'platform') return `secrets/+${name.slice(`${release}-`.length)}.yaml`;
    if (component === 'schema') return `postgresql-${name.slice(`${release}-`.length)}-configmap.yaml`;
    const path = NAMED[`${kind} ${name.slice(release.length)}`] ?? plainName(kind, component);
    const number = (taken.get(path) ?? 0) + 1;
    taken.set(path, number);
    return number === 1 ? path : path.replace('.yaml', `-${number}.yaml`);
  };
}

function plainName(kind: string, component: string): string {
  const short = kind === 'PersistentVolumeClaim' ? 'pvc' : kind.toLowerCase();
  return component === 'server' ? `postgresql-${short}.yaml` : `postgresql-${component}-${short}.yaml`;
}
