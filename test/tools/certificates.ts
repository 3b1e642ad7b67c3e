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
const FILES = ['tls.crt', 'tls.key', 'ca.crt'];

/** The certificate of the Secret that the server's pod mounts, as the kubelet lays it out: all files at once, behind one link. */
export function bringCertificate(folder: string, manifests: readonly Manifest[]): void {
  const secret = manifests.find(({ kind, type }) => kind === 'Secret' && type === 'kubernetes.io/tls');
  if (secret === undefined) return;
  const volume = join(folder, FOLDER);
  const link = join(volume, '..data');
  const former = existsSync(link) ? readlinkSync(link) : undefined;
  const dated = `..${String(Number(former?.slice(2) ?? 0) + 1)}`;
  mkdirSync(join(volume, dated), { recursive: true });
  const data = dataOf(secret);
  for (const name of FILES) writeLikePod(join(volume, dated, name), data[name] ?? '');
  // A pod starts seconds after its volumes are there.
  if (former === undefined) utimesSync(join(volume, dated, 'tls.crt'), Date.now() / 1000 - 10, Date.now() / 1000 - 10);
  symlinkSync(dated, `${link}.new`);
  renameSync(`${link}.new`, link);
  if (former === undefined) for (const name of FILES) symlinkSync(join('..data', name), join(volume, name));
  else rmSync(join(volume, former), { recursive: true });
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
  const isServer = ({ kind, metadata }: Manifest): boolean =>
    /^(StatefulSet|Deployment)$/.test(kind) && metadata.labels?.['app.kubernetes.io/component'] === 'server';
  const workload = manifests.find(isServer);
  const words = listAt(at(workload, 'spec', 'template', 'spec', 'containers', 0), 'args').map(String);
  return words.filter((word) => word.startsWith('ssl')).flatMap((word) => ['-c', word.replace(MOUNTED, join(folder, FOLDER))]);
}
