import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from './folders.ts';
import { installDebian } from './postgres-binaries.ts';

/** A real OCI registry on this machine, without TLS. */
export interface OciRegistry {
  /** oci://127.0.0.1:5000/charts */
  readonly url: string;
  readonly end: () => Promise<void>;
}

const PROGRAM = '/usr/bin/docker-registry';

/** Who is let in, by name and the bcrypt hash of a word. */
interface Guest {
  readonly user: string;
  readonly hash: string;
}

/** Starts Debian's registry with an empty store, on loopback and a free port, open to all or to one guest. Throws with a sentence where there is none. */
export async function startRegistry(guest?: Guest): Promise<OciRegistry> {
  if (!existsSync(PROGRAM)) await installDebian('docker-registry', 'an OCI registry');
  const folder = temporaryFolder();
  const port = await freePort();
  const config = join(folder, 'config.yml');
  const storage = { filesystem: { rootdirectory: join(folder, 'data') } };
  const http = { addr: `127.0.0.1:${port}` };
  const list = join(folder, 'htpasswd');
  if (guest !== undefined) writeFileSync(list, `${guest.user}:${guest.hash}\n`);
  const auth = guest === undefined ? {} : { auth: { htpasswd: { realm: 'tests', path: list } } };
  writeFileSync(config, JSON.stringify({ version: 0.1, log: { level: 'error' }, storage, http, ...auth }));
  const child = spawn(PROGRAM, ['serve', config], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const kill = (): boolean => child.kill();
  process.on('exit', kill);
  await untilItAnswers(`http://127.0.0.1:${port}/v2/`);
  return {
    url: `oci://127.0.0.1:${port}/charts`,
    end: async () => {
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function untilItAnswers(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (
      await fetch(url).then(
        ({ status }) => status < 500,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no registry answers at ${url}`);
}
