import { join } from 'node:path';
import type pg from 'pg';
import type { ReleaseName } from '../cluster/deployment.ts';
import { followJob } from '../cluster/job.ts';
import { startRestore } from '../cluster/restore.ts';
import { generate, type Generated } from '../generate/generate.ts';
import { listShort } from '../generate/lists.ts';
import { InputError } from '../generate/problem.ts';
import { readInput } from '../generate/read.ts';
import { findClients, refuseNewer } from '../laptop/clients.ts';
import { adminOf, passwordsFor } from '../laptop/deployment.ts';
import { ADMIN, findHome, openHome, type Home } from '../laptop/home.ts';
import { LaptopError } from '../laptop/laptop-error.ts';
import { findRunning, type Running } from '../laptop/lock.ts';
import { inPast, refuseNewerThan, type Past } from '../laptop/past.ts';
import { runScript, unfinishedOf, type Script, type Target } from '../laptop/scripts.ts';
import type { Credentials } from '../server/passwords.ts';
import { asAdmin, type Connection } from '../server/session.ts';
import { sslVariablesOf } from '../server/url.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { here } from './dev-state.ts';
import { askable, explaining, onServer, readCredentials } from './live-server.ts';
import type { Backups, OtherServer, Values } from './options.ts';
import { listenFor } from './provisioned.ts';
import { aside, complaint, type Line, type Talk } from './talk.ts';

/** What a run of the backup pods' scripts on this machine said and left undone. */
export interface Archived {
  /** The folder with the backups, where they are on this machine. */
  readonly folder?: string;
  /** The Job that did it, in a cluster. */
  readonly job?: string;
  /** In the words of the pods. */
  readonly lines: readonly string[];
  /** The names of what is not done. */
  readonly unfinished: readonly string[];
}

export function printArchived({ folder, unfinished }: Archived): Line[] {
  if (unfinished.length === 0) return folder === undefined ? [] : [aside(`the backups are in ${here(folder)}`)];
  return [complaint('the lines above that begin with a name say why')];
}

export type ArchiveOptions = Values & OtherServer & Backups;

type Task = Pick<Script, 'name'> & {
  readonly services: readonly string[];
  readonly given?: Readonly<Record<string, string>>;
  /** Whether a server as it was at a time is started for it. */
  readonly isPast?: boolean;
};

/** Runs a script of the backup pods against the server that the options name, or the one of dev. */
export async function archive(talk: Talk<Archived>, options: ArchiveOptions, task: Task): Promise<ExitCode> {
  const { name, services, given, isPast } = task;
  const generated = await generate(readInput({ values: options.values }));
  if (!services.includes('*')) refuseUnknown(generated, services);
  const clients = findClients();
  const folder = options.backups ?? openBackups(options);
  const { lines, hear, conclude } = listenFor(talk);
  const runIt = async (past?: Past): Promise<readonly string[]> => {
    const refuse = (server: number): void => (past ? refuseNewerThan(past, server) : refuseNewer(server, clients, name));
    const target = await findTarget(talk, options, generated, refuse);
    return runScript(generated, target, { name, folder, past, say: hear, given: { SERVICES: services.join(' '), ...given } });
  };
  const { major } = generated.model.server;
  const unfinished = await (isPast ? inPast({ home: findHome(options.values), major, backups: folder }, runIt) : runIt());
  conclude(unfinished);
  return talk.tell(unfinished.length === 0 ? ENDINGS.fine.code : ENDINGS.amiss.code, { folder, lines, unfinished });
}

/** The folder beside the values, which git ignores. */
function openBackups({ values }: Values): string {
  const home = findHome(values);
  openHome(home);
  return join(home.folder, 'backups');
}

/** Has the pods of a cluster bring services back. */
export async function restoreInCluster(
  talk: Talk<Archived>,
  { values, ...where }: Values & ReleaseName,
  { services, given }: Pick<Task, 'services' | 'given'>,
): Promise<ExitCode> {
  if (!services.includes('*')) refuseUnknown(await generate(readInput({ values })), services);
  const started = await startRestore(where, { SERVICES: services.join(' '), ...given });
  const { lines, hear, conclude } = listenFor(talk);
  talk.say(`Job ${started.job} runs in namespace ${started.namespace}, and goes on if you leave`);
  const unfinished = (await followJob(started, hear)) ? [] : unfinishedOf(lines);
  conclude(unfinished);
  return talk.tell(unfinished.length === 0 ? ENDINGS.fine.code : ENDINGS.amiss.code, { job: started.job, lines, unfinished });
}

/** Throws InputError for names that no service has. */
export function refuseUnknown({ model }: Generated, services: readonly string[]): void {
  const known = model.services.map(({ name }) => name);
  const unknown = services.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const hint = `There are ${listShort(known)}.`;
  throw new InputError(unknown.map((name) => ({ file: 'the arguments', message: `there is no service ${name}`, hint })));
}

/** What is known before the server is asked: the passwords of its logins, TLS in libpq's terms, and which majors this machine's programs cannot serve. */
interface Known extends Credentials {
  readonly ssl: Readonly<Record<string, string>>;
  readonly refuse: (server: number) => void;
}

async function findTarget(
  talk: Talk<Archived>,
  { values, url, secrets }: Values & OtherServer,
  generated: Generated,
  refuse: Known['refuse'],
): Promise<Target> {
  if (secrets !== undefined) {
    const credentials = await readCredentials(secrets, askable(generated, values));
    const ssl = sslVariablesOf(url ?? process.env['DATABASE_URL'], process.env);
    return onServer(url, (connection) => look(connection, { ...credentials, ssl, refuse }));
  }
  refuseUrlAlone(url);
  const home = findHome(values);
  const { port } = findDev(home, (line) => talk.say(line));
  const passwords = passwordsFor(home, generated);
  return explaining(() => look(adminOf(port, passwords), { passwords, ssl: { PGSSLMODE: 'disable' }, refuse }));
}

function refuseUrlAlone(url: string | undefined): void {
  if (url === undefined) return;
  const hint =
    "Give them with --secrets: services are dumped and restored by their own logins. Without both, it is dev's server.";
  throw new InputError([{ file: '--url', message: 'the passwords of the services are missing', hint }]);
}

/** The server that dev runs here. Throws LaptopError when there is none. */
export function findDev(home: Home, say: (line: string) => void): Running {
  const running = findRunning(home, say);
  if (running) return running;
  throw new LaptopError(
    'dev does not run here.',
    'Start it (shared-postgresql dev --detach), or name another server with --url and --secrets.',
  );
}

/** The scripts log in as postgres, by the password and at the place that the driver found in the URL or the environment. */
function look(connection: Connection, { passwords, certificates, ssl, refuse }: Known): Promise<Target> {
  return asAdmin(connection, async (client) => {
    const { host, port, user, password } = client;
    if (user !== 'postgres')
      throw new LaptopError(
        `this logs in as postgres, and the URL or PGUSER names ${user ?? 'nobody'}.`,
        "Name the deployment's admin, postgres.",
      );
    refuse(await majorOf(client));
    const variables = { ...ssl, PGHOST: host, PGPORT: String(port) };
    return { variables, passwords: new Map([...passwords, [ADMIN, password ?? '']]), certificates };
  });
}

async function majorOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ major: number }>(
    `SELECT current_setting('server_version_num')::integer / 10000 AS major`,
  );
  return rows[0]?.major ?? 0;
}
