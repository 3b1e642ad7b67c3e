import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { explaining } from '../../generator/commands/live-server.ts';
import { explainServer, inSession } from '../../generator/server/session.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { runOk } from '../tools/run.ts';

/** As the Job explains it. */
async function explainInJob(said: string): Promise<string | undefined> {
  const scripts = join(PROJECT, 'chart/provisioning');
  const folder = temporaryFolder();
  const script = `mkdir scripts && cp -r "${scripts}"/* scripts && . scripts/server.sh && explain "$1"`;
  const env = { ...process.env, PROVISIONING: folder, WORK: folder, PGHOST: 'localhost', PGPORT: '1' };
  return (await runOk('bash', ['-c', script, 'bash', said], { cwd: folder, env })).trimEnd() || undefined;
}

test.each([
  ['could not extend file "base/5/16384": No space left on device', /disk is full/],
  [
    'connection to server at "localhost" (::1), port 5432 failed: FATAL:  password authentication failed for user "postgres"',
    /not the one in the admin's Secret/,
  ],
  [
    'psql: error: connection to server on socket "/run/.s.PGSQL.5432" failed: FATAL:  the database system is starting up',
    /starting/,
  ],
  ['relation "z" No space left on device "z" does not exist', undefined],
  ['column "a" of relation "x" the database system is shutting down " does not exist', undefined],
])('what is said of a server is explained by its words, and by no name in them: %s', async (said, sentence) => {
  const explained = explainServer(said);
  if (sentence === undefined) expect(explained).toBeUndefined();
  else expect(explained).toMatch(sentence);
  expect(await explainInJob(said)).toBe(explained);
});

const tell = (port: number): Promise<unknown> =>
  explaining(() => inSession({ host: '127.0.0.1', port, user: 'u', connectionTimeoutMillis: 500 }, () => Promise.resolve()));

/** A port of a program that stands still, with nobody's place left in its queue: from then on the system drops what comes. */
async function portThatDrops({ onTestFinished }: TestContext): Promise<number> {
  const script = `const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    process.kill(process.pid, 'SIGSTOP');
  });`;
  const child = spawn(process.execPath, ['--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout.setEncoding('utf8'), 'data')).map(Number);
  const waiting: Socket[] = Array.from({ length: 8 }, () => connect(port ?? 0, '127.0.0.1').on('error', () => undefined));
  onTestFinished(() => {
    child.kill('SIGKILL');
    waiting.forEach((socket) => socket.destroy());
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  return port ?? 0;
}

test('a host that answers nothing is told from a server that lets nobody in', async (context) => {
  await expect(tell(await portThatDrops(context))).rejects.toThrow(
    /^the server: connect ETIMEDOUT 127\.0\.0\.1:\d+\nserver: nobody answers there; look at host, port and firewalls$/,
  );
  const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  context.onTestFinished(() => void silent.close());
  const address = silent.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await expect(tell(port)).rejects.toThrow(/timeout expired\nserver: it answers, but lets nobody in/);
});
