import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { unprivileged } from '../../generator/laptop/identity.ts';
import { writeFiles } from './deployment.ts';
import { temporaryFolder } from './folders.ts';
import { startBeforeServer } from './job.ts';
import { run, runOk } from './run.ts';
import { environmentOf, type Step, type Volume } from './upgrade.ts';

/** A volume on a disk of its own, on which an upgrade runs. */
export interface SmallUpgrade {
  run(step: Step, further?: Record<string, string>): Promise<{ readonly code: number | null; readonly output: string }>;
  /** A PATH in which a program fills the disk before it does what it is for, where it runs for a service and nobody filled the disk before. */
  fillBefore(step: Step, program: string): Record<string, string>;
  /** Gives what a script prints in the folder of the volume. */
  onVolume(script: string): Promise<string>;
  /** The volume as it is now, on the disk of this machine. */
  copy(): Promise<Volume>;
  end(): Promise<void>;
}

/** Until its standard input ends. */
const DISK = `set -e; folder=$1; mv "$folder/volume" "$folder/source"; mkdir "$folder/volume"; mount -t tmpfs -o "size=$2" none "$folder/volume"
cp -a "$folder/source/." "$folder/volume"; chown --reference "$folder/source" "$folder/volume"; rm -rf "$folder/source"; echo $$ >"$folder/pid"; cat >/dev/null`;

const FILLS = `#!/bin/bash
if [[ \${PGUSER:-} == shared_postgresql_upgrading && ! -e $STAGE/../other ]]; then cat /dev/zero >"$STAGE/../other" 2>/dev/null; fi
PATH=\${PATH#*:} exec "\${0##*/}" "$@"
`;

export async function startSmallUpgrade(volume: Volume, size: string): Promise<SmallUpgrade> {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  await runOk('mv', [volume.folder, join(folder, 'volume')]);
  const there = { ...volume, folder: join(folder, 'volume') };
  const disk = spawn('env', ['unshare', '--mount', 'sh', '-c', DISK, 'disk', folder, size], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  await expect.poll(() => existsSync(join(folder, 'pid')), { timeout: 30_000, interval: 20 }).toBe(true);
  const inside = ['nsenter', `--mount=/proc/${readFileSync(join(folder, 'pid'), 'utf8').trim()}/ns/mnt`];
  const { uid, gid } = unprivileged() ?? { uid: 0, gid: 0 };
  const whose = ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  const onVolume: SmallUpgrade['onVolume'] = (script) =>
    runOk(inside[0] ?? '', [...inside.slice(1), 'sh', '-ec', `cd "$0"; ${script}`, there.folder]);
  return {
    run: async (step, further = {}) => {
      const environment = { ...environmentOf(there, step), ...further };
      const running = startBeforeServer(there.manifests, step, environment, [...inside, ...whose]);
      return { code: await running.ended, output: running.output() };
    },
    fillBefore: (step, program) => {
      const stub = temporaryFolder();
      writeFiles(stub, { [program]: FILLS });
      for (const path of [stub, join(stub, program)]) chmodSync(path, 0o755);
      return { PATH: [stub, environmentOf(there, step)['PATH'] ?? ''].join(':') };
    },
    onVolume,
    copy: async () => {
      const copied = temporaryFolder();
      await run(inside[0] ?? '', [...inside.slice(1), 'cp', '-a', `${there.folder}/.`, copied]);
      return { ...there, folder: copied };
    },
    end: async () => {
      disk.stdin.end();
      await once(disk, 'exit');
    },
  };
}
