import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unprivileged } from '../../generator/laptop/identity.ts';
import { writeFiles } from './deployment.ts';
import { temporaryFolder } from './folders.ts';
import { initialise } from './initialise.ts';
import type { Manifest } from './manifests.ts';
import { runOk } from './run.ts';
import { freePort, withClient, writeConfig } from './server.ts';

/** A server on a small volume of its own, which the pod's own script starts again whenever it ends, as the kubelet does. */
export interface SmallVolume {
  readonly port: number;
  /** Where it lies, for whoever is in the mount namespace of this process. */
  readonly volume: string;
  readonly pid: number;
  log(): string;
  /** Runs a script as root in the folder of the volume. */
  onVolume(script: string): Promise<string>;
  admin(sql: string): Promise<object[]>;
  end(): Promise<void>;
}

/** As the image's does, for a volume that holds a server already. */
const ENTRYPOINT = '#!/bin/bash\nunset POSTGRES_PASSWORD_FILE\nexec "$@"\n';

/** Mounts the volume, brings the data there, and is the kubelet until its standard input ends. */
const POD = `set -e; folder=$1 size=$2 uid=$3 gid=$4; shift 4; volume=$folder/volume
mount -t tmpfs -o "size=$size" none "$volume"; mkdir -p "$volume/18"; cp -a "$folder/data" "$PGDATA"; chown -R "$uid:$gid" "$volume"
echo $$ >"$folder/pid"; set +e; exec 3<&0
(cat <&3 >/dev/null; touch "$folder/ended"; kill -QUIT "$(head -n 1 "$PGDATA/postmaster.pid")") &
while [ ! -e "$folder/ended" ]; do setpriv --reuid "$uid" --regid "$gid" --clear-groups bash "$@" </dev/null; sleep 0.5; done`;

export async function startOnSmallVolume(bin: string, manifests: readonly Manifest[], size: string): Promise<SmallVolume> {
  const folder = temporaryFolder();
  const password = writeConfig(folder, manifests);
  await initialise(bin, join(folder, 'data'), password);
  writeFiles(folder, { password, 'bin/docker-entrypoint.sh': ENTRYPOINT, 'volume/.keep': '', 'run/.keep': '' });
  chmodSync(join(folder, 'bin/docker-entrypoint.sh'), 0o755);
  const { uid, gid } = unprivileged() ?? { uid: 0, gid: 0 };
  await runOk('chown', ['-R', `${uid}:${gid}`, folder]);
  const volume = join(folder, 'volume');
  const port = await freePort();
  const settings = [
    ...[`config_file=${join(folder, 'postgresql.conf')}`, `hba_file=${join(folder, 'pg_hba.conf')}`, `port=${port}`],
    ...['listen_addresses=127.0.0.1', `unix_socket_directories=${join(folder, 'run')}`],
  ];
  const environment = [
    ...[`PATH=${join(folder, 'bin')}:${bin}:${process.env['PATH'] ?? ''}`, `PGDATA=${join(volume, '18/docker')}`],
    ...[`POSTGRES_PASSWORD_FILE=${join(folder, 'password')}`, `PGPASSFILE=${join(folder, 'run/.pgpass')}`],
  ];
  const start = [join(folder, 'start.sh'), ...settings.flatMap((setting) => ['-c', setting])];
  const pod = ['sh', '-c', POD, 'pod', folder, size, String(uid), String(gid), ...start];
  const child = spawn('env', [...environment, 'unshare', '--mount', ...pod], { stdio: ['pipe', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (log += data.toString()));
  const admin: SmallVolume['admin'] = (sql) =>
    withClient({ host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres' }, async (client) => {
      const { rows } = await client.query<object>(sql);
      return rows;
    });
  const pid = await retry(() => Number(readFileSync(join(folder, 'pid'), 'utf8').trim()));
  await retry(() => admin('SELECT 1'));
  return {
    port,
    volume,
    pid,
    log: () => log,
    onVolume: (script) => runOk('nsenter', [`--mount=/proc/${pid}/ns/mnt`, 'sh', '-ec', `cd "$0"; ${script}`, volume]),
    admin,
    end: async () => {
      child.stdin.end();
      await once(child, 'exit');
      await runOk('rm', ['-rf', folder]);
    },
  };
}

/** Tries again and again, for half a minute at most. Throws what went wrong the last time. */
async function retry<T>(attempt: () => T | Promise<T>): Promise<T> {
  const started = performance.now();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() - started > 30_000) throw error;
      await sleep(200);
    }
  }
}
