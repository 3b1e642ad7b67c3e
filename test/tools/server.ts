import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { handOver, unprivileged } from '../../generator/laptop/identity.ts';
import { keep, type Keeper } from '../../generator/laptop/keeper.ts';
import { temporaryFolder } from './folders.ts';
import { initialise } from './initialise.ts';
import { ADMIN_SECRET, dataOf, pick, type Manifest } from './manifests.ts';
import { bringCertificate, tlsArguments } from './certificates.ts';
import { run, runOk } from './run.ts';

export interface Server {
  readonly port: number;
  /** The folder of its data. */
  readonly data: string;
  /** Everything that the server logged so far. */
  log(): string;
  /** A session of the admin. */
  asAdmin<T>(use: (client: pg.Client) => Promise<T>, database?: string): Promise<T>;
  stop(): Promise<void>;
  /** Brings the certificate of other manifests to it, as the kubelet does. */
  bringCertificate(manifests: readonly Manifest[]): void;
  /** Kills the server with SIGKILL; what it started notices and ends. */
  kill(): Promise<void>;
  /** Starts the server again after stop() or kill(), on the same port. */
  start(): Promise<void>;
  /** Makes a standby the primary, as `pg_ctl promote` does: no session on it could be ended by what it still replays. */
  promote(): Promise<void>;
  /** Stops it for good and removes its data, which is too much to leave to the end of the process. */
  end(): Promise<void>;
}

/**
 * Starts a real PostgreSQL with the postgresql.conf, pg_hba.conf and admin password of the rendered manifests, on loopback
 * and a free port. It ends with stop(), or with this process: its keeper reads a pipe that closes then.
 */
export async function startServer(bin: string, manifests: readonly Manifest[]): Promise<Server> {
  const folder = temporaryFolder();
  const password = writeConfig(folder, manifests);
  await initialise(bin, join(folder, 'run/data'), password);
  return launch(bin, folder, password, { args: tlsArguments(folder, manifests) });
}

/** What is unusual about a server. */
export interface Unusual {
  /** Further arguments of the server. */
  readonly args?: readonly string[];
  /** Makes it a standby without a primary, which recovers for ever. */
  readonly standby?: boolean;
  /** Whether it will never answer, so that nobody waits for more than that it listens. */
  readonly silent?: boolean;
  /** Puts its data, but for the write-ahead log, on a disk of its own of this size. Needs root and mount namespaces. */
  readonly diskSize?: string;
}

/** Another server with the data, the configuration and the admin password of one that is stopped. */
export async function cloneServer(
  bin: string,
  stopped: string,
  manifests: readonly Manifest[],
  unusual: Unusual = {},
): Promise<Server> {
  const folder = temporaryFolder();
  const password = writeConfig(folder, manifests);
  const data = join(folder, 'run/data');
  await runOk('cp', ['-a', stopped, data]);
  if (unusual.standby) writeFileSync(join(data, 'standby.signal'), '');
  return launch(bin, folder, password, { ...unusual, args: [...tlsArguments(folder, manifests), ...(unusual.args ?? [])] });
}

/** Whether this machine lets a server have a disk of its own. */
export async function canMount(): Promise<boolean> {
  return (await run('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).catch(() => ({ code: 1 }))).code === 0;
}

/** Whether this machine lets a process begin with numbers of processes of its own, as a container's does. */
export async function canContain(): Promise<boolean> {
  return (await run('unshare', ['--pid', '--fork', '--mount-proc', 'true']).catch(() => ({ code: 1 }))).code === 0;
}

/** Makes the data of a server that was never started, to be cloned; gives their folder. */
export async function initialiseOnly(bin: string, manifests: readonly Manifest[]): Promise<string> {
  const folder = temporaryFolder();
  const password = writeConfig(folder, manifests);
  await initialise(bin, join(folder, 'run/data'), password);
  return join(folder, 'run/data');
}

/** Writes what the server reads, and gives the admin's password. */
export function writeConfig(folder: string, manifests: readonly Manifest[]): string {
  const config = dataOf(pick(manifests, 'ConfigMap', /-config$/));
  const password = dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'] ?? '';
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(config)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'run'));
  handOver(join(folder, 'run'));
  bringCertificate(folder, manifests);
  return password;
}

async function launch(bin: string, folder: string, password: string, unusual: Unusual = {}): Promise<Server> {
  const data = join(folder, 'run/data');
  const log = join(folder, 'run/log');
  const port = await freePort();
  const args = [
    ...['-D', data, '-c', `config_file=${join(folder, 'postgresql.conf')}`, '-c', `hba_file=${join(folder, 'pg_hba.conf')}`],
    ...['-c', `port=${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${join(folder, 'run')}`],
    // Its log of changes takes no more room than was written, for those that are copied.
    ...['-c', 'wal_init_zero=off', '-c', 'wal_recycle=off'],
    // What it shares later on lies in its data, and is removed with that when it was killed.
    ...['-c', 'dynamic_shared_memory_type=mmap'],
    ...(unusual.args ?? []),
  ];
  // Whose server it is, is known here.
  const ssl = readFileSync(join(folder, 'pg_hba.conf'), 'utf8').includes('hostssl') && { rejectUnauthorized: false };
  const asAdmin: Server['asAdmin'] = (use, database = 'postgres') =>
    withClient({ host: '127.0.0.1', port, user: 'postgres', password, database, ssl }, use);
  const answers = (): Promise<unknown> => asAdmin((client) => client.query('SELECT 1'));
  const pidFile = join(data, 'postmaster.pid');
  const signal = (name: NodeJS.Signals): unknown => process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), name);
  const identity = unusual.diskSize === undefined ? unprivileged() : undefined;
  const startKeeper = (): Keeper => keep(commandOf(bin, data, args, unusual.diskSize), log, identity);
  let keeper = startKeeper();
  const start = async (): Promise<void> => {
    const started = performance.now();
    while (!(await becomesTrue(answers, () => keeper.hasEnded()))) {
      // What a killed one left behind is in the way until it has noticed.
      if (performance.now() - started > 300_000) throw new Error(`the server did not start:\n${readFileSync(log, 'utf8')}`);
      // A server that is still recovering is waited for; a second one would only be in its way.
      if (keeper.hasEnded()) keeper = startKeeper();
    }
  };
  if (unusual.silent)
    await becomesTrue(
      () => connectTo(port),
      () => keeper.hasEnded(),
    );
  else await start();
  const server: Server = {
    port,
    data,
    asAdmin,
    bringCertificate: (manifests) => bringCertificate(folder, manifests),
    log: () => readFileSync(log, 'utf8'),
    stop: () => keeper.stop(),
    kill: async () => {
      signal('SIGKILL');
      await keeper.stop();
    },
    start,
    promote: async () => {
      writeFileSync(join(data, 'promote'), '');
      signal('SIGUSR1');
      const isPrimary = (): Promise<unknown> => asAdmin((client) => client.query('CREATE TEMPORARY TABLE promoted ()'));
      if (!(await becomesTrue(isPrimary, () => keeper.hasEnded())))
        throw new Error(`the standby was not promoted:\n${server.log()}`);
    },
    end: async () => {
      // What it would write in an orderly end takes longer than most tests of it, and is removed here.
      if (!keeper.hasEnded() && existsSync(pidFile)) signal('SIGQUIT');
      await keeper.stop();
      if (existsSync(pidFile)) await run('ipcrm', ['-m', memoryOf(readFileSync(pidFile, 'utf8'))]);
      // Thousands of files, which this process would take four times as long for, and do nothing else meanwhile.
      await runOk('rm', ['-rf', folder]);
      servers.delete(server);
    },
  };
  servers.add(server);
  return server;
}

/** The number of the System V segment of a server, by the file that it leaves when it is killed: the second of the seventh line. */
const memoryOf = (pidFile: string): string => pidFile.split('\n')[6]?.trim().split(/\s+/)[1] ?? '';

/** Those whose data is there. */
const servers = new Set<Server>();

/** Ends what the tests of a file left. */
export async function endServers(): Promise<void> {
  await Promise.all([...servers].map((server) => server.end()));
}

/** Opens a session, uses it and closes it, whatever happens. */
export async function withClient<T>(config: pg.ClientConfig, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config);
  // A server that stops ends its sessions; the query in flight tells that already.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Takes the data on a new disk of its own, leaves the log where it was, and goes on as the server. */
const ON_A_DISK = `set -e; data=$1 size=$2 uid=$3 gid=$4; shift 4
mv "$data/pg_wal" "$data.wal"; mv "$data" "$data.source"; mkdir "$data"; mount -t tmpfs -o "size=$size" none "$data"
cp -a "$data.source/." "$data"; ln -s "$data.wal" "$data/pg_wal"
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups "$@"`;

function commandOf(bin: string, data: string, args: readonly string[], diskSize: string | undefined): string[] {
  const command = [join(bin, 'postgres'), ...args];
  if (diskSize === undefined) return command;
  const { uid, gid } = unprivileged() ?? { uid: 0, gid: 0 };
  return ['unshare', '--mount', 'sh', '-c', ON_A_DISK, 'disk', data, diskSize, String(uid), String(gid), ...command];
}

/** Tries for a minute until an attempt succeeds; false as soon as it cannot any more. */
async function becomesTrue(attempt: () => Promise<unknown>, isOver: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 600 && !isOver(); tries += 1) {
    try {
      await attempt();
      return true;
    } catch {
      await sleep(100);
    }
  }
  return false;
}

/** Ends well when somebody listens there. */
async function connectTo(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect').finally(() => socket.destroy());
}

/** Below those that a system gives to whoever connects, so that nobody takes it before the server does. */
export async function freePort(): Promise<number> {
  const port = randomInt(10_000, 32_000);
  const isFree = await new Promise<boolean>((resolve) => {
    const probe = createServer()
      .on('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
  return isFree ? port : freePort();
}
