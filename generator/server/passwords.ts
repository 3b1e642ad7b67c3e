import { createHash } from 'node:crypto';
import { listShort } from '../generate/lists.ts';
import { loginsOf, type Owned } from '../generate/logins.ts';
import type { Model } from '../generate/model.ts';
import { InputError } from '../generate/problem.ts';
import { findPasswords, type ClientCertificate, type FoundPassword, type PasswordText } from './found-passwords.ts';

/** The passwords of all logins by their credential, <service> or <service>.<role>, and the admin's, which keys their fingerprints. */
export interface Passwords {
  readonly admin: string;
  readonly byCredential: ReadonlyMap<string, string>;
}

/** What logins log in with, by their credential. */
export interface Credentials {
  readonly passwords: ReadonlyMap<string, string>;
  /** Of the logins that must show one. */
  readonly certificates?: ReadonlyMap<string, ClientCertificate>;
}

/**
 * The password, and the certificate, of each credential out of texts with Secrets or .env files. A password that the Job could not use either (empty, or of several
 * lines) is left out. Throws InputError when a text is something else, when nothing in them is a login's, or when a login has several:
 * nobody can tell which of them is the deployment's.
 */
export function readSecrets(
  texts: readonly PasswordText[],
  { services, platformLogins }: Pick<Model, 'services' | 'platformLogins'>,
): Required<Credentials> {
  const logins = loginsOf({ services });
  const users = new Set(platformLogins.map(({ user }) => user));
  const found = texts.flatMap(findPasswords).map((each) => (users.has(each.user ?? '') ? ofUser(each) : each));
  const ofPlatform = platformLogins.map(({ name, user, passwordSecret }) => ({ credential: name, user, passwordSecret }));
  return { passwords: passwordsOf([...logins, ...ofPlatform], found, texts), certificates: certificatesOf(logins, found) };
}

/** The chart's Secret of a login of the platform is named after the release, and says whose it is. */
function ofUser(found: FoundPassword): FoundPassword {
  return { ...found, of: 'user', name: found.user ?? found.name };
}

/** A login whose password is looked for. */
type Sought = Pick<Owned, 'credential' | 'user' | 'passwordSecret'>;

function passwordsOf(
  logins: readonly Sought[],
  found: readonly FoundPassword[],
  texts: readonly PasswordText[],
): ReadonlyMap<string, string> {
  const names = new Set(logins.flatMap(({ passwordSecret, user }) => [`secret ${passwordSecret}`, `user ${user}`]));
  const matching = found.filter((each) => names.has(`${each.of} ${each.name}`));
  if (logins.length > 0 && matching.length === 0) throw new InputError([noneIsOurs(texts, found, logins)]);
  refuseFlaws(matching);
  refuseSeveral(matching);
  const passwords = new Map(matching.map(({ of, name, password }) => [`${of} ${name}`, password]));
  return new Map(
    logins.flatMap(({ credential, passwordSecret, user }): [string, string][] => {
      const password = passwords.get(`secret ${passwordSecret}`) ?? passwords.get(`user ${user}`);
      return password === undefined ? [] : [[credential, password]];
    }),
  );
}

function certificatesOf(logins: readonly Owned[], found: readonly FoundPassword[]): ReadonlyMap<string, ClientCertificate> {
  const certificates = new Map(found.map(({ of, name, certificate }) => [`${of} ${name}`, certificate]));
  return new Map(
    logins.flatMap(({ credential, clientCertificate }): [string, ClientCertificate][] => {
      const certificate = certificates.get(`secret ${clientCertificate}`);
      return certificate === undefined ? [] : [[credential, certificate]];
    }),
  );
}

function noneIsOurs(texts: readonly PasswordText[], found: readonly FoundPassword[], logins: readonly Sought[]) {
  const names = found.length > 0 ? `it has ${listShort(found.map(({ name }) => name))}` : 'it has none at all';
  return {
    file: texts[0]?.file ?? '--secrets',
    message: `no password in it is one of the services'; ${names}`,
    hint: `Wanted are ${listShort(logins.flatMap(({ passwordSecret }) => passwordSecret || []))}. Name the namespace: \`kubectl get secrets --namespace <that of the deployment> --output json\`.`,
  };
}

function refuseFlaws(found: readonly FoundPassword[]): void {
  const problems = found.flatMap(({ file, name, flaw }) =>
    flaw === undefined
      ? []
      : [{ file, message: `Secret ${name}: ${flaw}`, hint: 'Encode it, for example with `base64 --wrap=0`.' }],
  );
  if (problems.length > 0) throw new InputError(problems);
}

function refuseSeveral(found: readonly FoundPassword[]): void {
  const first = new Map<string, FoundPassword>();
  for (const each of found.filter(({ password }) => password !== undefined)) {
    const other = first.get(`${each.of} ${each.name}`) ?? each;
    first.set(`${each.of} ${each.name}`, other);
    if (other.password !== each.password) throw new InputError([twice(other, each)]);
  }
}

function twice(one: FoundPassword, other: FoundPassword) {
  if (other.of === 'user')
    return { file: other.file, message: `${one.file} has another password for ${one.name}`, hint: 'Give one of them.' };
  return {
    file: other.file,
    message: `Secret ${one.name} is there twice, of namespace ${one.namespace} and of ${other.namespace}, with another password in each`,
    hint: 'Give those of the deployment alone: `kubectl get secrets --namespace <its namespace> --output json`.',
  };
}

/** As the Job makes them (write_fingerprints in provision.sh): sha256sum's lines over a copy of each password keyed with the admin's. */
export function fingerprintsOf({ admin, byCredential }: Passwords): string {
  const line = ([credential, password]: readonly [string, string]): string =>
    `${createHash('sha256').update(`${admin}\n${credential}\n${password}`).digest('hex')}  ${credential}`;
  return [...byCredential].map(line).join('\n');
}
