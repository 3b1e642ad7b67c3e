import { createHash, randomInt } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isRecord } from '../generate/fields.ts';
import { isReachable } from './identity.ts';
import { LaptopError } from './laptop-error.ts';
import { refusePlanted } from './planted.ts';

/** Where a deployment on this machine lives. */
export interface Home {
  /** What belongs to whoever started it: passwords, port, .env files, the server's log. */
  readonly folder: string;
  /** What PostgreSQL reads and has: its configuration, and its data, which belongs to whom it runs as. */
  readonly server: string;
}

/** The folder beside values.yaml, which git ignores by a file in it. */
export const FOLDER = '.shared-postgresql';

/** The home of the deployment of a values.yaml, be it there or not. */
export function findHome(values: string): Home {
  const folder = join(realpathSync(dirname(resolve(values))), FOLDER);
  refusePlanted(folder);
  return homeIn(folder);
}

/** Makes what is missing of a home. */
export function openHome(home: Home): void {
  mkdirSync(home.folder, { recursive: true });
  writeFileSync(join(home.folder, '.gitignore'), '*\n');
  mkdirSync(home.server, { recursive: true });
}

/** A home that nobody keeps: whoever made it removes it. */
export function makeTemporaryHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), 'shared-postgresql-'));
  chmodSync(folder, 0o755);
  const home = homeIn(folder);
  mkdirSync(home.server, { recursive: true });
  return home;
}

/** Removes a home with everything in it. */
export function removeHome({ folder, server }: Home): void {
  for (const each of [server, folder]) rmSync(each, { recursive: true, force: true });
}

/** The data goes; passwords and port stay, so that what was configured with them still fits. */
export function resetHome(home: Home): void {
  rmSync(dataOf(home), { recursive: true, force: true });
}

/** A folder that is not there yet is reached if the one is in which it is made. */
function homeIn(folder: string): Home {
  const isOpen = isReachable(existsSync(folder) ? folder : dirname(folder));
  return { folder, server: isOpen ? join(folder, 'server') : elsewhere(folder) };
}

/** For root, whose own folders let PostgreSQL's user not in. */
function elsewhere(folder: string): string {
  return join('/var/lib/shared-postgresql', createHash('sha256').update(folder).digest('hex').slice(0, 12));
}

export const dataOf = ({ server }: Home): string => join(server, 'data');
export const logOf = ({ folder }: Home): string => join(folder, 'postgresql.log');
export const environmentOf = ({ folder }: Home): string => join(folder, 'env');
export const portFileOf = ({ folder }: Home): string => join(folder, 'port');
const passwordFileOf = ({ folder }: Home): string => join(folder, 'passwords.json');

/** Passwords by their credential: <service>, <service>.<role>, and ADMIN. */
export type LocalPasswords = ReadonlyMap<string, string>;

/** No service has this name: it is refused for its capital. */
export const ADMIN = 'Admin';

/** The passwords of these credentials; what has none gets one, and all that were ever made stay. */
export function keepPasswords(home: Home, credentials: readonly string[]): LocalPasswords {
  const known = readPasswords(home);
  const missing = credentials.filter((credential) => !known.has(credential));
  if (missing.length === 0) return known;
  const all = new Map([...known, ...missing.map((credential) => [credential, makePassword()] as const)]);
  writePrivately(passwordFileOf(home), `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
  return all;
}

/** The passwords that were made so far. Throws LaptopError when the file holds something else. */
export function readPasswords(home: Home): LocalPasswords {
  const file = passwordFileOf(home);
  if (!existsSync(file)) return new Map();
  const parsed = parse(readFileSync(file, 'utf8'));
  if (isRecord(parsed)) return new Map(Object.entries(parsed).map(([credential, password]) => [credential, String(password)]));
  throw new LaptopError(
    `${file}: this is no list of passwords. Delete the file, and start dev with --reset: the data has the old ones.`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As the chart makes them: 24 letters and digits, 142 bits. */
function makePassword(): string {
  const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 24 }, () => characters[randomInt(characters.length)]).join('');
}

/** Writes a file that nobody else may read, whole or not at all; a file that is there already would keep the mode that it has. */
export function writePrivately(file: string, text: string): void {
  const beside = `${file}.writing`;
  mkdirSync(dirname(file), { recursive: true });
  rmSync(beside, { force: true });
  writeFileSync(beside, text, { mode: 0o600, flag: 'wx' });
  renameSync(beside, file);
}
