import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { at, dataOf, hasKey, listAt, pick, textsAt, type Manifest } from './manifests.ts';

/** The pod whose volumes are laid out, and where a volume in memory lies. */
export interface Mounting {
  readonly manifests: readonly Manifest[];
  readonly pod: unknown;
  readonly memory: string;
}

/** Lays a volume of the pod out at a path, filled from the rendered ConfigMaps and Secrets. */
export function mountVolume({ manifests, pod, memory }: Mounting, name: string, path: string): void {
  // Containers of a pod share its volumes.
  if (existsSync(path)) return;
  const volume = listAt(pod, 'volumes').find((candidate) => at(candidate, 'name') === name);
  if (typeof volume !== 'object' || volume === null) throw new Error(`the pod has no volume ${name}`);
  if (JSON.stringify(volume).includes('"medium":"Memory"')) {
    mkdirSync(join(memory, name));
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(memory, name), path);
    return;
  }
  mkdirSync(path, { recursive: true });
  if (['emptyDir', 'ephemeral', 'persistentVolumeClaim'].some((kind) => kind in volume)) return;
  const sources = 'projected' in volume ? listAt(volume, 'projected', 'sources') : [volume];
  writeLikeKubelet(
    path,
    sources.flatMap((source) => filesOf(manifests, source)),
  );
}

type File = readonly [path: string, text: string];

function filesOf(manifests: readonly Manifest[], source: unknown): File[] {
  const isSecret = typeof source === 'object' && source !== null && 'secret' in source;
  const reference = at(source, isSecret ? 'secret' : 'configMap');
  const name = String(at(reference, isSecret && hasKey(reference, 'secretName') ? 'secretName' : 'name'));
  const optional = hasKey(reference, 'optional') && at(reference, 'optional') === true;
  const { namespace } = pick(manifests, 'Job').metadata;
  const found = manifests.find(
    ({ kind, metadata }) =>
      kind === (isSecret ? 'Secret' : 'ConfigMap') && metadata.name === name && metadata.namespace === namespace,
  );
  if (!found) {
    if (optional) return [];
    throw new Error(`${name} is mounted but was not rendered`);
  }
  const data = dataOf(found);
  if (!hasKey(reference, 'items')) return Object.entries(data);
  return listAt(reference, 'items').flatMap((item): File[] => {
    const { key = '', path = '' } = textsAt(item);
    const text = data[key];
    if (text === undefined && !optional) throw new Error(`${name} has no key ${key}`);
    return text === undefined ? [] : [[path, text]];
  });
}

/** As the kubelet lays volumes out: the files in a dated folder, `..data` linked to it, and a link for each first part of a path. */
function writeLikeKubelet(path: string, files: readonly File[]): void {
  const dated = '..2026_01_01_00_00_00.000000000';
  mkdirSync(join(path, dated));
  symlinkSync(dated, join(path, '..data'));
  for (const [name, text] of files) {
    mkdirSync(dirname(join(path, dated, name)), { recursive: true });
    writeFileSync(join(path, dated, name), text);
  }
  for (const first of new Set(files.map(([name]) => name.split('/')[0] ?? name)))
    symlinkSync(join('..data', first), join(path, first));
}
