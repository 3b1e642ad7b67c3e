import {
  chmodSync,
  chownSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unprivileged } from '../../generator/laptop/identity.ts';
import { at, dataOf, listAt, type Manifest } from './manifests.ts';

/** Where the pod has its certificate. */
const MOUNTED = '/run/secrets/shared-postgresql-tls';

/** The volume with the certificate of the server's pod, in a folder of this machine. */
const FOLDER = 'tls';

/** What the server's pod mounts of Secrets with its certificate, as the kubelet lays it out: all files at once, behind one link. */
export function bringCertificate(folder: string, manifests: readonly Manifest[]): void {
  const files = mountedFiles(manifests);
  if (files.length === 0) return;
  const volume = join(folder, FOLDER);
  const link = join(volume, '..data');
  const former = existsSync(link) ? readlinkSync(link) : undefined;
  const dated = `..${String(Number(former?.slice(2) ?? 0) + 1)}`;
  mkdirSync(join(volume, dated), { recursive: true });
  for (const [name, text] of files) writeLikePod(join(volume, dated, name), text);
  // A pod starts seconds after its volumes are there.
  if (former === undefined) utimesSync(join(volume, dated, 'tls.crt'), Date.now() / 1000 - 10, Date.now() / 1000 - 10);
  symlinkSync(dated, `${link}.new`);
  renameSync(`${link}.new`, link);
  if (former === undefined) for (const [name] of files) symlinkSync(join('..data', name), join(volume, name));
  else rmSync(join(volume, former), { recursive: true });
}

function mountedFiles(manifests: readonly Manifest[]): [name: string, text: string][] {
  const volumes = listAt(at(serverOf(manifests), 'spec', 'template', 'spec'), 'volumes');
  const volume = volumes.find((each) => at(each, 'name') === FOLDER);
  const sources = volume === undefined ? [] : listAt(at(volume, 'projected'), 'sources');
  return sources.flatMap((source) => {
    const secret = manifests.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === at(source, 'secret', 'name'));
    const data = secret === undefined ? {} : dataOf(secret);
    return secret === undefined
      ? []
      : listAt(at(source, 'secret'), 'items').map((item): [string, string] => [
          String(at(item, 'path')),
          data[String(at(item, 'key'))] ?? '',
        ]);
  });
}

function serverOf(manifests: readonly Manifest[]): Manifest | undefined {
  return manifests.find(
    ({ kind, metadata }) =>
      /^(StatefulSet|Deployment)$/.test(kind) && metadata.labels?.['app.kubernetes.io/component'] === 'server',
  );
}

/** With the mode and the group that the pod gives it: of root, and readable by the group of the server's user. Who is not root owns it. */
function writeLikePod(file: string, text: string): void {
  const identity = unprivileged();
  writeFileSync(file, text);
  chmodSync(file, identity === undefined ? 0o400 : 0o440);
  if (identity !== undefined) chownSync(file, 0, identity.gid);
}

/** What the pod's server is told of TLS, with the paths of this machine. */
export function tlsArguments(folder: string, manifests: readonly Manifest[]): string[] {
  const words = listAt(at(serverOf(manifests), 'spec', 'template', 'spec', 'containers', 0), 'args').map(String);
  return words.filter((word) => word.startsWith('ssl')).flatMap((word) => ['-c', word.replace(MOUNTED, join(folder, FOLDER))]);
}
