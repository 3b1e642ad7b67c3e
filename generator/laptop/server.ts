import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, reasonOf } from '../generate/read/reasons.ts';
import { asAdmin, type Connection } from '../server/session.ts';
import { SPARE_MEMORY, type Configuration } from '../server/configuration.ts';
import { dataOf, logOf, writePrivately, type Home } from './home.ts';
import { handOver, unprivileged } from './identity.ts';
import { keep, type Keeper } from './keeper.ts';
import { LaptopError } from './laptop-error.ts';
import type { Programs } from './programs.ts';
import { spareMemory } from './spare-memory.ts';

/** How the admin reaches a server of this machine. */
export interface AdminConnection extends Connection {
  readonly port: number;
  readonly password: string;
}

export interface ServerOptions {
  readonly home: Home;
  readonly programs: Programs;
  readonly configuration: Configuration;
  readonly connection: AdminConnection;
  /** Whether nobody will miss the data when the machine stops. */
  readonly isThrowAway?: boolean;
}

/** A server on this machine's loopback, as the admin reaches it. */
export interface LocalServer {
  readonly connection: Connection;
  /** Stops the server, and waits until it has ended. */
  stop(): Promise<void>;
  /** Restarts the server when its configuration is another now; tells whether it did. It goes on with the former one if it does not start. */
  reconfigure(configuration: Configuration): Promise<boolean>;
  /** When it has ended, by itself or because somebody stopped it: whether in an orderly way. */
  readonly ended: Promise<boolean>;
}

/** Starts a server on the data of a home, which is made when there is none. Throws LaptopError with what is in the way. */
export async function startServer(options: ServerOptions): Promise<LocalServer> {
  const { home, programs } = options;
  if (existsSync(dataOf(home))) refuseOtherMajor(home, programs);
  else initialise(options);
  return superviseServer(await launch(options), options);
}

/** A server that runs, with what it is asked to become. */
function superviseServer(first: Keeper, options: ServerOptions): LocalServer {
  let keeper = first;
  let current = options.configuration;
  let restarting: Promise<unknown> = Promise.resolve();
  let tellEnd: (isOrderly: boolean) => void = () => undefined;
  const ended = new Promise<boolean>((resolve) => (tellEnd = resolve));
  const takeOver = (next: Keeper): void => {
    keeper = next;
    void next.ended.then((isOrderly) => {
      if (next === keeper) tellEnd(isOrderly);
    });
  };
  const restart = async (configuration: Configuration): Promise<void> => {
    const former = keeper;
    keeper = NOT_RUNNING;
    await former.stop();
    takeOver(await launch({ ...options, configuration }));
    current = configuration;
  };
  const restartOrGoOn = (configuration: Configuration): Promise<void> =>
    restart(configuration).catch(async (error: unknown) => {
      await restart(current).catch(() => tellEnd(false));
      throw error;
    });
  takeOver(first);
  return {
    connection: options.connection,
    ended,
    stop: async () => {
      await restarting.catch(() => undefined);
      await keeper.stop();
    },
    reconfigure: async (configuration) => {
      if (configuration['postgresql.conf'] === current['postgresql.conf']) return false;
      await (restarting = restartOrGoOn(configuration));
      return true;
    },
  };
}

/** In the place of a server between two that run. */
const NOT_RUNNING: Keeper = { stop: () => Promise.resolve(), hasEnded: () => true, ended: new Promise(() => undefined) };

async function launch(options: ServerOptions): Promise<Keeper> {
  const { home, programs, connection } = options;
  writeConfiguration(options);
  writeFileSync(logOf(home), '', { mode: 0o600 });
  const keeper = keep([join(programs.bin, 'postgres'), ...argumentsOf(options)], logOf(home), unprivileged());
  try {
    await untilItAnswers(connection, keeper, home);
    if (isPortTaken(readLog(home))) throw explain(readLog(home), home);
    return keeper;
  } catch (error) {
    await keeper.stop();
    throw error;
  }
}

/** What differs from the pod: who may reach it, and what tells a plan why sizes are smaller. */
function argumentsOf({ home, connection, isThrowAway = false }: ServerOptions): string[] {
  const settings = {
    config_file: join(home.server, 'postgresql.conf'),
    hba_file: join(home.server, 'pg_hba.conf'),
    // Both of localhost, whichever of them a client takes first.
    listen_addresses: '127.0.0.1,::1',
    port: String(connection.port),
    unix_socket_directories: '',
    [SPARE_MEMORY]: `${spareMemory()}`,
    ...(isThrowAway ? { fsync: 'off' } : {}),
  };
  return ['-D', dataOf(home), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function writeConfiguration({ home, configuration }: ServerOptions): void {
  for (const [name, text] of Object.entries(configuration)) writeFileSync(join(home.server, name), String(text));
}

function refuseOtherMajor(home: Home, { major }: Programs): void {
  const file = join(dataOf(home), 'PG_VERSION');
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : 'none that it says';
  if (found === String(major)) return;
  throw new LaptopError(
    `${dataOf(home)}: the data is of PostgreSQL ${found}, and PostgreSQL ${major} would run it.`,
    `Dump what you want to keep with the old one, then start dev with --reset, which makes the data anew.`,
  );
}

/** The locales to have sorted by, the first that the machine knows: that of the official image, then one with its characters. */
const LOCALES = ['en_US.UTF-8', 'C.UTF-8', 'C'];

/** Makes the data beside its place first: what breaks off halfway is no data. */
function initialise({ home, programs, connection, isThrowAway = false }: ServerOptions): void {
  const data = `${dataOf(home)}.new`;
  const passwordFile = join(home.server, 'password');
  try {
    writePrivately(passwordFile, connection.password);
    handOver(passwordFile);
    for (const locale of LOCALES) {
      rmSync(data, { recursive: true, force: true });
      mkdirSync(data, { mode: 0o700 });
      handOver(data);
      const said = makeData(programs.bin, data, passwordFile, [`--locale=${locale}`, ...(isThrowAway ? ['--no-sync'] : [])]);
      if (said === undefined) break;
      if (!said.includes('invalid locale')) throw explain(said, home);
    }
    renameSync(data, dataOf(home));
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Runs initdb; gives what it said when it failed. */
export function makeData(bin: string, data: string, passwordFile: string, args: readonly string[]): string | undefined {
  const usual = ['-D', data, '-U', 'postgres', `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8'];
  const environment = { PATH: process.env['PATH'], LC_MESSAGES: 'C' };
  const options = { ...unprivileged(), cwd: '/', env: environment, encoding: 'utf8' } as const;
  const { status, stdout, stderr, error } = spawnSync(join(bin, 'initdb'), [...usual, ...args], options);
  return status === 0 ? undefined : `${stdout}${stderr}${error?.message ?? ''}`;
}

/** How often somebody looks whether the server answers, and for how long it may say else than that it starts, in milliseconds. */
const EVERY = 50;
const PATIENCE = 20_000;

/** How long one try to log in may take: somebody else who has the port may say nothing. */
const LONGEST_LOGIN = 5_000;

/** SQLSTATEs of a server that starts or recovers, and of a login with another password (PostgreSQL's errcodes.txt). */
const STARTING = '57P03';
const WRONG_PASSWORD = '28P01';

/** A server that is still recovering is waited for: it has not ended. */
async function untilItAnswers(connection: Connection, keeper: Keeper, home: Home): Promise<void> {
  let since = Date.now();
  for (let refusal = await refusalOf(connection); refusal !== undefined; refusal = await refusalOf(connection)) {
    if (keeper.hasEnded() || isPortTaken(readLog(home))) throw explain(readLog(home), home);
    if (codeOf(refusal) === WRONG_PASSWORD) throw new LaptopError(ANOTHER_PASSWORD);
    if (codeOf(refusal) === STARTING) since = Date.now();
    if (Date.now() - since > PATIENCE)
      throw new LaptopError(`PostgreSQL runs, but its admin cannot log in: ${reasonOf(refusal)}`);
    await sleep(EVERY);
  }
}

const ANOTHER_PASSWORD =
  'the data has another password of the admin than the one kept beside it. Start dev with --reset to make the data anew.';

/** What a login of the admin is refused with; undefined when it is not. */
async function refusalOf(connection: Connection): Promise<unknown> {
  try {
    await asAdmin({ ...connection, connectionTimeoutMillis: LONGEST_LOGIN }, (client) => client.query('SELECT 1'));
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Whether somebody else has the port on one of the addresses: PostgreSQL goes on with the other, and clients would find either. */
function isPortTaken(said: string): boolean {
  return /could not bind .*: Address already in use/.test(said);
}

function readLog(home: Home): string {
  return readFileSync(logOf(home), 'utf8');
}

/** Lines of a log that a person is shown. */
const SHOWN = 8;

/** What stopped a program of PostgreSQL, by what it said. */
function explain(said: string, home: Home): LaptopError {
  if (said.includes('No space left on device'))
    return new LaptopError(`${home.server}: its disk is full. Free some space, then run this again.`);
  if (isPortTaken(said)) return new LaptopError('its port was taken while it started. Run this again.');
  const lines = said.trimEnd().split('\n').slice(-SHOWN);
  return new LaptopError(`PostgreSQL did not start. It said:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}
