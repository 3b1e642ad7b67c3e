import { parseEnv } from 'node:util';
import { listShort } from '../generate/lists.ts';
import { loginsOf } from '../generate/logins.ts';
import type { Model } from '../generate/model.ts';
import { InputError } from '../generate/problem.ts';

/** Passwords by the login that they are of. */
export type Passwords = ReadonlyMap<string, string>;

/** The admin's login. */
const ADMIN = 'postgres';

/** A file of passwords. */
export interface PasswordFile {
  /** As the person named it. */
  readonly file: string;
  /** Where it is, if a link leads to it. */
  readonly path: string;
  /** What it says; undefined when it is not there. */
  readonly text?: string;
}

const BEGINNING = `# The passwords of the logins, made once. Keep this file, and keep it from git: without it the next run makes new ones.
`;

/** What the file has of the seed that passwords are derived of. */
export function readSeed({ text = '' }: Pick<PasswordFile, 'text'>): string | undefined {
  return parseEnv(text)['AUTH_SEED'];
}

/**
 * The passwords that the file has of these logins, without those that are derived. Throws InputError for one that is no password, and for two logins
 * that one line would be of.
 */
export function readPasswords({ file, text = '' }: Pick<PasswordFile, 'file' | 'text'>, model: Model): Passwords {
  const given = parseEnv(text);
  const logins = [ADMIN, ...loginsOf(model).map(({ user }) => user), ...model.platformLogins.map(({ user }) => user)];
  refuseShared(file, logins);
  return new Map(
    logins
      .filter((login) => !model.derivedLogins.includes(login))
      .flatMap((login): [string, string][] => {
        const password = given[variableOf(login)];
        return password === undefined ? [] : [[login, checked(file, variableOf(login), password)]];
      }),
  );
}

/**
 * Throws InputError for a login whose password stands in a manifest and no more in the file: most often another file was named before, and the server
 * has the password from there.
 */
export function refuseLost(file: string, made: Passwords, former: Passwords): void {
  const lost = [...made.keys()].filter((login) => former.has(login));
  if (lost.length === 0) return;
  const message = `it has no ${listShort(lost.map(variableOf))}, and the manifests that are there were made with one`;
  const hint = 'Name the file that has it with --passwords FILE. To have a new one made, remove the manifest of the Secret.';
  throw new InputError([{ file, message, hint }]);
}

/** What somebody may want to know before it reaches the server. */
export function noteChanged(known: Passwords, former: Passwords): string[] {
  const changed = [...former].filter(([login, password]) => known.has(login) && known.get(login) !== password);
  return changed.length === 0 ? [] : [`other passwords than before for ${listShort(changed.map(([login]) => login))}`];
}

/** The text of the file with the passwords that it does not have yet. */
export function withPasswords({ text }: Pick<PasswordFile, 'text'>, passwords: Passwords): string {
  const before = text ?? BEGINNING;
  const lines = [...passwords].map(([login, password]) => `${variableOf(login)}=${password}\n`);
  return `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${lines.join('')}`;
}

/** `userdb_user` is USERDB_USER_PASSWORD. */
function variableOf(login: string): string {
  return `${login.replaceAll('-', '_').toUpperCase()}_PASSWORD`;
}

function checked(file: string, variable: string, password: string): string {
  if (password !== '' && !/[\p{Cc}\ufffd]/u.test(password)) return password;
  const message = `${variable} ${password === '' ? 'is empty' : 'has a control character or is no UTF-8, which not every client is given unchanged'}`;
  throw new InputError([{ file, message, hint: 'Give it a password of one line, or take it out to have one made.' }]);
}

/** Names of logins may differ by their case, or by - and _, where those of variables cannot. */
function refuseShared(file: string, logins: readonly string[]): void {
  const owners = new Map<string, string>();
  for (const login of logins) {
    const other = owners.get(variableOf(login));
    const message = `${variableOf(login)} would be the password of ${other ?? ''} and of ${login}`;
    if (other !== undefined) throw new InputError([{ file, message, hint: 'Give one of the logins another name: user.' }]);
    owners.set(variableOf(login), login);
  }
}
