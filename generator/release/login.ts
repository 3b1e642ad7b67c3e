import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isRecord, valueAt } from '../generate/fields.ts';
import { runOwnHelm } from '../helm/program.ts';

/** How somebody logs in to a registry. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** The person's login to the registry of this host: that of `helm registry login`, or else of `docker login`; undefined when there is none. Throws Error for a file that cannot be read. */
export async function findLogin(host: string): Promise<Login | undefined> {
  const said = await runOwnHelm(['env', 'HELM_REGISTRY_CONFIG']);
  const files = [
    'printed' in said ? said.printed.trim() : '',
    join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json'),
  ];
  for (const file of files.filter((each) => existsSync(each))) {
    const login = await loginIn(readConfig(file), host);
    if (login !== undefined) return login;
  }
  return undefined;
}

function readConfig(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(`the file with logins ${file} is no JSON`);
  }
}

/** Docker Hub goes by an old name there. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  'docker.io': 'https://index.docker.io/v1/',
  'registry-1.docker.io': 'https://index.docker.io/v1/',
};

/** What a file of Docker's form says: the login itself, or which program keeps it. */
async function loginIn(config: unknown, host: string): Promise<Login | undefined> {
  const name = OLD_NAMES[host] ?? host;
  const keeper = valueAt(config, ['credHelpers', name]) ?? valueAt(config, ['credsStore']);
  if (typeof keeper === 'string') return askKeeper(`docker-credential-${keeper}`, name);
  const kept = valueAt(config, ['auths', name, 'auth']);
  if (typeof kept !== 'string') return undefined;
  const [username = '', ...rest] = Buffer.from(kept, 'base64').toString().split(':');
  const token = valueAt(config, ['auths', name, 'identitytoken']);
  return username === '' ? undefined : { username, password: typeof token === 'string' ? token : rest.join(':') };
}

/** By the protocol of Docker's credential helpers: the name on standard input, a JSON document back. */
async function askKeeper(program: string, name: string): Promise<Login | undefined> {
  const printed = await new Promise<string>((resolve) => {
    let said = '';
    const child = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.on('error', () => resolve(''));
    child.on('close', (code) => resolve(code === 0 ? said : ''));
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdin.on('error', () => undefined).end(name);
  });
  const answer: unknown = printed === '' ? undefined : JSON.parse(printed);
  return isRecord(answer) ? { username: String(answer['Username']), password: String(answer['Secret']) } : undefined;
}

/**
 * What a registry wants as Authorization, by how it asks for it (RFC 9110): the login itself, or a token that its authority gives for it. Throws Error
 * when there is no login, or the authority gives none.
 */
export async function exchangeLogin(challenge: string, login: Login | undefined): Promise<string> {
  if (login === undefined) throw new Error('it wants a login');
  const basic = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const [scheme = ''] = challenge.split(' ');
  if (scheme.toLowerCase() !== 'bearer') return basic;
  const {
    realm = '',
    service,
    scope,
  } = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
  const url = new URL(realm);
  for (const [name, value] of Object.entries({ service, scope })) if (value !== undefined) url.searchParams.set(name, value);
  const answer = await fetch(url, { headers: { Authorization: basic } });
  const said: unknown = answer.ok ? await answer.json() : undefined;
  const token = valueAt(said, ['token']) ?? valueAt(said, ['access_token']);
  if (typeof token !== 'string') throw new Error(`its authority gives no token (${answer.status})`);
  return `Bearer ${token}`;
}
