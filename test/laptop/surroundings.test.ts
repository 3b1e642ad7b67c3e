import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import { adminOf, configurationHere, passwordsFor } from '../../generator/laptop/deployment.ts';
import { findHome, openHome, writePrivately } from '../../generator/laptop/home.ts';
import { findPrograms } from '../../generator/laptop/programs.ts';
import { startServer, type LocalServer } from '../../generator/laptop/server.ts';
import { watchInputs } from '../../generator/laptop/watch.ts';
import { writeFiles } from '../tools/deployment.ts';
import { laptopIn } from '../tools/dev.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { run, type Result } from '../tools/run.ts';
import { project } from '../tools/project.ts';

/** A folder with a deployment in it, which may come from a repository or lie where others write. */
function newFolder(): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  writeFiles(folder, { 'values.yaml': 'services: { a: {} }\n' });
  return folder;
}

/** Runs dev with variables of whoever runs it. */
function dev(folder: string, variables: Record<string, string>): Promise<Result> {
  const env = { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'], ...variables };
  return run(process.execPath, [join(PROJECT, 'generator/bin.js'), 'dev', '--run', 'true'], { cwd: folder, env });
}

/** Starts the server of a folder on a port, without asking whether that is free. */
async function startOn(port: number, folder: string, ssl = false): Promise<LocalServer> {
  const values = join(folder, 'values.yaml');
  const home = findHome(values);
  openHome(home);
  const generated = await generate(readInput({ values }, project));
  const programs = findPrograms(generated.model.server.major, join(home.server, 'postgresql'));
  const connection = { ...adminOf(port, passwordsFor(home, generated)), ssl };
  return startServer({ home, programs, configuration: configurationHere(generated), connection, isThrowAway: true });
}

async function listen(port: number, host: string): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise((resolve) => server.listen(port, host, () => resolve(undefined)));
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

describe('what somebody put beside values.yaml', () => {
  test.each(['', '/env', '/server', '/passwords.json', '/.gitignore', '/env/a.env', '/server/postgresql.conf'])(
    'a link in the place of .shared-postgresql%s is refused, and nothing happens through it',
    async (place) => {
      const folder = newFolder();
      const target = temporaryFolder();
      writeFileSync(join(target, 'thesis.txt'), 'years of work');
      const path = join(folder, `.shared-postgresql${place}`);
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(target, path);
      const { output, code } = await laptopIn(folder).dev('--run', 'true');
      expect(output).toBe(
        `${path}: it is a symbolic link, and files elsewhere would be written or removed through it. Remove it; what is needed is made anew.\n`,
      );
      expect(code).toBe(6);
      expect(readdirSync(target)).toEqual(['thesis.txt']);
    },
  );

  test('a folder of another user is refused', async (context) => {
    if (process.getuid?.() !== 0) context.skip('only root gives a folder to another user');
    const folder = newFolder();
    const path = join(folder, '.shared-postgresql');
    mkdirSync(path);
    chownSync(path, 12_345, 12_345);
    const { output, code } = await laptopIn(folder).dev('--run', 'true');
    expect(output).toBe(
      `${path}: it belongs to another user (number 12345), who may read what is kept there. Remove it, or run this as that user.\n`,
    );
    expect(code).toBe(6);
    expect(readdirSync(path)).toEqual([]);
  });

  test('a file that everybody reads gets no password', () => {
    const file = join(temporaryFolder(), 'passwords.json');
    writeFileSync(`${file}.writing`, '', { mode: 0o644 });
    writePrivately(file, '{}');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.writing`)).toBe(false);
  });

  test('a link in a schema folder is not followed to watch what it leads to', async () => {
    const folder = newFolder();
    const elsewhere = temporaryFolder();
    const values = join(folder, 'values.yaml');
    mkdirSync(join(folder, 'schema/databases/a'), { recursive: true });
    symlinkSync(elsewhere, join(folder, 'schema/databases/a/elsewhere'));
    let told = 0;
    const watcher = watchInputs(values, readInput({ values }, project), () => Promise.resolve(void (told += 1)));
    await sleep(500);
    writeFileSync(join(elsewhere, 'a.txt'), '');
    await sleep(1000);
    expect(told).toBe(0);
    writeFileSync(join(folder, 'schema/databases/a/001_a.sql'), '');
    await expect.poll(() => told, { timeout: 5000 }).toBe(1);
    await watcher.close();
  });
});

// They wait for most of their time.
describe('others on the machine', { concurrent: true }, () => {
  test.each(['127.0.0.1', '::1'])('a port that is taken on %s alone while the server starts is told', async (host) => {
    const other = await listen(0, host);
    await expect(startOn(portOf(other), newFolder())).rejects.toThrow('its port was taken while it started. Run this again.');
    other.close();
  });

  test('a server whose admin cannot log in is not waited for until the end of days', async () => {
    const folder = newFolder();
    const free = await listen(0, '127.0.0.1');
    const port = portOf(free);
    free.close();
    await expect(startOn(port, folder, true)).rejects.toThrow(
      'PostgreSQL runs, but its admin cannot log in: The server does not support SSL connections',
    );
    expect(readFileSync(join(folder, '.shared-postgresql/postgresql.log'), 'utf8')).toContain('database system is shut down');
  });

  test("libpq's variables of the environment are for other servers", async () => {
    const variables = { PGSSLMODE: 'require', PGOPTIONS: '-c nonsense=1', PGHOST: '192.0.2.1', PGPASSWORD: 'another' };
    const { output, code } = await dev(newFolder(), variables);
    expect(output).toContain('1 services: 1 well, 0 not\n');
    expect(code).toBe(0);
  });
});
