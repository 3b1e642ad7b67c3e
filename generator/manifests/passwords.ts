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
  const variables = variablesOf(model);
  refuseShared(file, variables);
  return new Map(
    [...variables]
      .filter(([login]) => !model.derivedLogins.includes(login))
      .flatMap(([login, variable]): [string, string][] => {
        const password = given[variable];
        return password === undefined ? [] : [[login, checked(file, variable, password)]];
      }),
  );
}

/**
 * Throws InputError for a login whose password stands in a manifest and no more in the file: most often another file was named before, and the server
 * has the password from there.
 */
export function refuseLost(file: string, model: Model, made: Passwords, former: Passwords): void {
  const lost = [...made.keys()].filter((login) => former.has(login));
  if (lost.length === 0) return;
  const variables = [...variablesOf(model)].filter(([login]) => lost.includes(login)).map(([, variable]) => variable);
  const message = `it has no ${listShort(variables)}, and the manifests that are there were made with one`;
  const hint = 'Name the file that has it with --passwords FILE. To have a new one made, remove the manifest of the Secret.';
  throw new InputError([{ file, message, hint }]);
}

/** What somebody may want to know before it reaches the server. */
export function noteChanged(known: Passwords, former: Passwords): string[] {
  const changed = [...former].filter(([login, password]) => known.has(login) && known.get(login) !== password);
  return changed.length === 0 ? [] : [`other passwords than before for ${listShort(changed.map(([login]) => login))}`];
}

/** What a manifest says of logins. */
export interface Told {
  readonly passwords: Passwords;
  /** How often each was rotated. */
  readonly rotations: ReadonlyMap<string, string>;
}

/** Logins of the deployment itself whose counter is another, and the password is not: the file has one line for them, and no counter makes a second. */
export function noteKept(before: Told, { passwords, rotations }: Told, model: Model): string[] {
  const kept = [ADMIN, ...model.platformLogins.map(({ user }) => user)].filter(
    (login) => before.passwords.get(login) === passwords.get(login) && before.rotations.get(login) !== rotations.get(login),
  );
  return kept.map((login) => {
    const first = login === ADMIN ? 'give the server another (\\password), then put it' : 'put another';
    return `${login} keeps its password, whatever its rotation says: ${first} into the line ${variableOf(login, 0)}`;
  });
}

/** The text of the file with the passwords that it does not have yet. */
export function withPasswords({ text }: Pick<PasswordFile, 'text'>, model: Model, passwords: Passwords): string {
  const before = text ?? BEGINNING;
  const lines = [...variablesOf(model)]
    .filter(([login]) => passwords.has(login))
    .map(([login, variable]) => `${variable}=${passwords.get(login) ?? ''}\n`);
  return `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${lines.join('')}`;
}

/** The variable of each login. */
function variablesOf(model: Model): ReadonlyMap<string, string> {
  const ofServices = loginsOf(model).map(({ user, rotation }) => [user, variableOf(user, rotation)] as const);
  const own = [ADMIN, ...model.platformLogins.map(({ user }) => user)];
  return new Map([...own.map((user) => [user, variableOf(user, 0)] as const), ...ofServices]);
}

/** `userdb_user` is USERDB_USER_PASSWORD; when its turn comes again, it is not to have the password that it had. */
function variableOf(login: string, rotation: number): string {
  return `${login.replaceAll('-', '_').toUpperCase()}_PASSWORD${rotation > 1 ? `_${rotation}` : ''}`;
}

function checked(file: string, variable: string, password: string): string {
  if (password !== '' && !/[\p{Cc}\ufffd]/u.test(password)) return password;
  const message = `${variable} ${password === '' ? 'is empty' : 'has a control character or is no UTF-8, which not every client is given unchanged'}`;
  throw new InputError([{ file, message, hint: 'Give it a password of one line, or take it out to have one made.' }]);
}

/** Names of logins may differ by their case, or by - and _, where those of variables cannot. */
function refuseShared(file: string, variables: ReadonlyMap<string, string>): void {
  const owners = new Map<string, string>();
  for (const [login, variable] of variables) {
    const other = owners.get(variable);
    const message = `${variable} would be the password of ${other ?? ''} and of ${login}`;
    if (other !== undefined) throw new InputError([{ file, message, hint: 'Give one of the logins another name: user.' }]);
    owners.set(variable, login);
  }
}
