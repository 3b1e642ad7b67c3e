import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { unprivileged } from '../../generator/laptop/identity.ts';

/** What became of a server that was started with some settings, and stopped as soon as it was ready. */
export interface StartAttempt {
  readonly starts: boolean;
  readonly log: string;
}

const LONGEST_START = 60_000;

/** Starts a server on data of its own with settings in the place of postgresql.conf's, and no network. */
export function tryStart(bin: string, data: string, settings: Readonly<Record<string, string>>): Promise<StartAttempt> {
  const all = { listen_addresses: '', unix_socket_directories: data, fsync: 'off', ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return new Promise((resolve, reject) => {
    const server = spawn(join(bin, 'postgres'), ['-D', data, ...args], {
      ...unprivileged(),
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const deadline = setTimeout(() => server.kill('SIGQUIT'), LONGEST_START);
    let log = '';
    let starts = false;
    const hear = (text: string): void => {
      log += text;
      if (starts || !log.includes('ready to accept connections')) return;
      starts = true;
      server.kill('SIGINT');
    };
    for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8').on('data', hear);
    server.on('error', reject);
    server.on('close', () => {
      clearTimeout(deadline);
      resolve({ starts, log });
    });
  });
}
