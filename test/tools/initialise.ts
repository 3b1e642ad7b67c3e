import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scramVerifier } from '../../generator/server/scram.ts';
import { temporaryFolder } from './folders.ts';
import { runOk } from './run.ts';
import { handOver, unprivileged } from '../../generator/laptop/identity.ts';

/**
 * The admin's password of the template. Deployments of tests have it, so that no server has to be started to set another. Its verifier is
 * made with one iteration instead of thousands, which only whoever logs in has to do: the admin does so several times in each run of the Job.
 */
export const ADMIN_PASSWORD = 'TheAdminOfAnyTestServers';

/** Makes the data of a server whose admin has this password: copies what initdb made, which costs a tenth of initdb. */
export async function initialise(bin: string, data: string, password: string): Promise<void> {
  await runOk('cp', ['-a', await templateOf(bin), data]);
  if (password !== ADMIN_PASSWORD) await setPassword(bin, data, scramVerifier(password, randomBytes(16)));
}

async function setPassword(bin: string, data: string, verifier: string): Promise<void> {
  const input = `ALTER ROLE postgres PASSWORD '${verifier}'\n`;
  await runOk(join(bin, 'postgres'), ['--single', '-F', '-D', data, 'postgres'], { ...unprivileged(), cwd: '/', input });
}

/** Runs initdb for all processes that have the same temporary folder as this one, as the test files of a run have. */
export async function shareTemplate(bin: string): Promise<void> {
  await runInitdb(bin, shared(bin));
}

const shared = (bin: string): string => join(tmpdir(), `initialised-${encodeURIComponent(bin)}`);

/** What initdb made, with the admin's password, by the folder of the programs. */
const templates = new Map<string, Promise<string>>();

function templateOf(bin: string): Promise<string> {
  const template = templates.get(bin) ?? findTemplate(bin);
  templates.set(bin, template);
  return template;
}

async function findTemplate(bin: string): Promise<string> {
  if (existsSync(shared(bin))) return join(shared(bin), 'data');
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  return runInitdb(bin, join(folder, 'initialised'));
}

/** Gives the folder of the data, in the folder that it makes for whom the server runs as. */
async function runInitdb(bin: string, folder: string): Promise<string> {
  const [made, data] = [join(folder, 'made'), join(folder, 'data')];
  mkdirSync(folder);
  handOver(folder);
  // Nobody logs in by the pg_hba.conf that it writes: each server has that of its manifests.
  const args = ['-D', made, '-U', 'postgres', '-A', 'reject', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await runOk(join(bin, 'initdb'), args, { ...unprivileged(), cwd: '/' });
  await setPassword(bin, made, scramVerifier(ADMIN_PASSWORD, randomBytes(16), 1));
  // The zeros of its write-ahead log are a third of it, and are copied no more.
  await runOk('cp', ['-a', '--sparse=always', made, data]);
  rmSync(made, { recursive: true });
  return data;
}
