import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Generated } from '../generate/generate.ts';
import { renderBackup } from '../generate/render/backup.ts';
import { CHART } from '../generate/read/project.ts';
import type { Credentials } from '../server/passwords.ts';
import { readPlanQuery } from '../server/session.ts';
import { ADMIN } from './home.ts';
import { handOver } from './identity.ts';

/** The folders of a pod that backs services up or restores them, laid out on this machine as the pod mounts them. */
export interface Pod {
  readonly root: string;
  readonly provisioning: string;
  readonly backup: string;
  readonly scratch: string;
  readonly work: string;
}

/** Where passwords are for a while: in memory, where that is a folder. */
const MEMORY = '/dev/shm';

/** Uses such folders, and removes them, whatever happens. */
export async function inPod<T>(generated: Generated, credentials: Credentials, use: (pod: Pod) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'shared-postgresql-'));
  const below = (name: string): string => join(root, name);
  const pod = {
    root,
    provisioning: below('provisioning'),
    backup: below('backup'),
    scratch: below('scratch'),
    work: below('work'),
  };
  try {
    layOut(pod, generated, credentials);
    return await use(pod);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Gives all of it to whom PostgreSQL runs as. */
export function handOverPod({ root }: Pod): void {
  handOver(root);
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) handOver(join(root, path));
}

function layOut({ provisioning, backup, scratch, work }: Pod, { model, files }: Generated, credentials: Credentials): void {
  for (const folder of [scratch, work, join(provisioning, 'schema')]) mkdirSync(folder, { recursive: true });
  copyFiles(join(CHART, 'provisioning'), join(provisioning, 'scripts'));
  copyFiles(join(CHART, 'backup'), join(backup, 'scripts'));
  for (const plan of ['server', 'database', 'service'] as const)
    write(join(provisioning, 'scripts', `plan-${plan}.sql`), `${readPlanQuery(plan)}\n`);
  const chart = new Map([...files, ...renderBackup(model)].map(({ path, content }) => [path, content]));
  write(join(provisioning, 'desired/desired.json'), chart.get('desired.json') ?? '');
  write(join(backup, 'scripts/services.tsv'), chart.get('backup/services.tsv') ?? '');
  for (const { name, schemaFiles } of model.services)
    for (const file of schemaFiles) write(join(provisioning, 'schema', name, file.name), file.text);
  writeCredentials(provisioning, credentials);
}

function writeCredentials(provisioning: string, { passwords, certificates = new Map() }: Credentials): void {
  const folderOf = (credential: string): string =>
    join(provisioning, credential === ADMIN ? 'admin' : join('passwords', credential));
  for (const [credential, password] of passwords) write(join(folderOf(credential), 'password'), password);
  for (const [credential, { cert, key }] of certificates) {
    write(join(folderOf(credential), 'tls.crt'), cert);
    write(join(folderOf(credential), 'tls.key'), key);
  }
}

/** As a ConfigMap has them: the files of the folder itself. */
function copyFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  const files = readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { name } of files) copyFileSync(join(from, name), join(to, name));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
}
