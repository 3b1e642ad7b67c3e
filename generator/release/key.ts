import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { createPrivateKey, scryptSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isRecord, valueAt } from '../generate/fields.ts';
import { InputError } from '../generate/problem.ts';
import { reasonOf } from '../generate/read/reasons.ts';

/** What it is read of beside files. */
type Environment = Readonly<Record<string, string | undefined>>;

/** cosign asks for it under the same name. */
const PASSWORD = 'COSIGN_PASSWORD';

/**
 * The private key that a person names as cosign has it named: a file, or env://VARIABLE. It is one of cosign's, or one of openssl's for P-256;
 * its password is in COSIGN_PASSWORD. Throws InputError where there is none.
 */
export function readKey(named: string, environment: Environment): KeyObject {
  const text = readText(named, environment);
  const password = environment[PASSWORD];
  const key = openKey(named, text, password);
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw refusal(named, 'it is no key for P-256, which is what cosign takes', MAKE_ONE);
}

const MAKE_ONE =
  'Make one with `cosign generate-key-pair`, or with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256`.';

function readText(named: string, environment: Environment): string {
  const [, variable] = /^env:\/\/(.+)$/.exec(named) ?? [];
  if (variable !== undefined) {
    const text = environment[variable];
    if (text) return text;
    throw refusal(named, `the variable ${variable} is not set`, 'Put the text of the key into it, with its line breaks.');
  }
  try {
    return readFileSync(named, 'utf8');
  } catch (error) {
    throw refusal(named, `the key cannot be read: ${reasonOf(error)}`, MAKE_ONE);
  }
}

function openKey(named: string, text: string, password: string | undefined): KeyObject {
  const isEncrypted = /^-----BEGIN ENCRYPTED /m.test(text);
  if (isEncrypted && password === undefined)
    throw refusal(named, 'the key has a password', `Put it into the environment variable ${PASSWORD}.`);
  try {
    const [, body] = COSIGN.exec(text) ?? [];
    if (body === undefined) return createPrivateKey({ key: text, passphrase: password });
    const key = decrypt(JSON.parse(Buffer.from(body, 'base64').toString('utf8')), password ?? '');
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } catch {
    if (isEncrypted) throw refusal(named, `${PASSWORD} does not open the key`, 'Put the password that it was made with there.');
    throw refusal(named, 'it is no private key', MAKE_ONE);
  }
}

const COSIGN = /^-----BEGIN ENCRYPTED (?:COSIGN|SIGSTORE) PRIVATE KEY-----\n([^-]+)/m;

/** What cosign's key holds, by go-securesystemslib: scrypt makes a key of the password, NaCl's secretbox hides the private key with it. */
function decrypt(box: unknown, password: string): Buffer {
  const bytes = (...path: string[]): Buffer => Buffer.from(String(valueAt(box, path)), 'base64');
  const parameters = valueAt(box, ['kdf', 'params']);
  const [cost, blockSize, parallelization] = ['N', 'r', 'p'].map((name) => Number(isRecord(parameters) && parameters[name]));
  const options = { cost, blockSize, parallelization, maxmem: MOST_MEMORY };
  const key = scryptSync(password, bytes('kdf', 'salt'), 32, options);
  return Buffer.from(xsalsa20poly1305(key, bytes('cipher', 'nonce')).decrypt(bytes('ciphertext')));
}

/** cosign's own cost takes 64 MiB. */
const MOST_MEMORY = 512 * 1024 ** 2;

function refusal(named: string, message: string, hint: string): InputError {
  return new InputError([{ file: named, message, hint }]);
}
