import { createHash } from 'node:crypto';
import { isRecord } from '../generate/fields.ts';
import type { Service } from '../generate/model.ts';
import { InputError } from '../generate/problem.ts';

/** The passwords of all logins by their credential, <service> or <service>.<role>, and the admin's, which keys their fingerprints. */
export interface Passwords {
  readonly admin: string;
  readonly byCredential: ReadonlyMap<string, string>;
}

/**
 * The password of each credential out of what `kubectl get secrets --output json` prints. A password that the Job could not use
 * either (empty, or of several lines) is left out. Throws InputError when `text` is something else, or when it has a login's Secret in
 * several namespaces: nobody can tell which of them is the deployment's.
 */
export function readSecrets(file: string, text: string, services: readonly Service[]): ReadonlyMap<string, string> {
  const secrets = secretsIn(file, text).flatMap((secret) => passwordIn(secret));
  const passwords = new Map(secrets.map(({ name, password }) => [name, password]));
  const credentials = services.flatMap(({ name, passwordSecret, roles }) => [
    [name, passwordSecret] as const,
    ...roles.map((role) => [`${name}.${role.name}`, role.passwordSecret] as const),
  ]);
  refuseSeveral(
    file,
    secrets.filter(({ name }) => credentials.some(([, secret]) => secret === name)),
  );
  return new Map(
    credentials.flatMap(([credential, secret]): [string, string][] => {
      const password = passwords.get(secret);
      return password === undefined ? [] : [[credential, password]];
    }),
  );
}

function secretsIn(file: string, text: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    const items = isRecord(parsed) && parsed['kind'] === 'Secret' ? [parsed] : isRecord(parsed) ? parsed['items'] : undefined;
    if (Array.isArray(items)) return items;
  } catch {
    // What is no JSON is no list of Secrets either.
  }
  const hint = 'Give what `kubectl get secrets --output json` prints.';
  throw new InputError([{ file, message: 'this is no list of Secrets in JSON', hint }]);
}

interface Secret {
  readonly name: string;
  readonly namespace: string;
  readonly password: string;
}

function refuseSeveral(file: string, secrets: readonly Secret[]): void {
  const first = new Map<string, Secret>();
  for (const secret of secrets) {
    const { name, namespace, password } = first.get(secret.name) ?? secret;
    first.set(name, { name, namespace, password });
    if (password === secret.password) continue;
    const message = `Secret ${name} is there twice, of namespace ${namespace} and of ${secret.namespace}, with another password in each`;
    const hint = 'Give those of the deployment alone: `kubectl get secrets --namespace <its namespace> --output json`.';
    throw new InputError([{ file, message, hint }]);
  }
}

function passwordIn(secret: unknown): Secret[] {
  const metadata = isRecord(secret) ? secret['metadata'] : undefined;
  const data = isRecord(secret) ? secret['data'] : undefined;
  const name = isRecord(metadata) ? metadata['name'] : undefined;
  const encoded = isRecord(data) ? data['password'] : undefined;
  const namespace = isRecord(metadata) ? metadata['namespace'] : undefined;
  if (typeof name !== 'string' || typeof encoded !== 'string') return [];
  const password = Buffer.from(encoded, 'base64').toString('utf8').replace(/\n$/, '');
  return password === '' || password.includes('\n')
    ? []
    : [{ name, namespace: typeof namespace === 'string' ? namespace : 'default', password }];
}

/** As the Job makes them (write_fingerprints in provision.sh): sha256sum's lines over a copy of each password keyed with the admin's. */
export function fingerprintsOf({ admin, byCredential }: Passwords): string {
  const line = ([credential, password]: readonly [string, string]): string =>
    `${createHash('sha256').update(`${admin}\n${credential}\n${password}`).digest('hex')}  ${credential}`;
  return [...byCredential].map(line).join('\n');
}
