import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { generateKeyPairSync, randomBytes, scryptSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './folders.ts';

export const PASSWORD = 'a word for keys';

/** A private key as people have it, with the word in PASSWORD. */
export interface Key {
  readonly file: string;
  readonly text: string;
  readonly publicKey: KeyObject;
}

/** As `openssl genpkey -aes256` makes it. */
export function newKey(namedCurve = 'P-256'): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  const text = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSWORD }).toString();
  return keep(text, publicKey);
}

function keep(text: string, publicKey: KeyObject): Key {
  const file = join(temporaryFolder(), 'key.pem');
  writeFileSync(file, text);
  return { file, text, publicKey };
}

/** As `cosign generate-key-pair` makes it. */
export function newCosignKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [salt, nonce] = [randomBytes(32), randomBytes(24)];
  const params = { N: 65536, r: 8, p: 1 };
  const key = scryptSync(PASSWORD, salt, 32, { ...params, maxmem: 2 ** 28 });
  const hidden = xsalsa20poly1305(key, nonce).encrypt(privateKey.export({ type: 'pkcs8', format: 'der' }));
  const box = {
    kdf: { name: 'scrypt', params, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(hidden).toString('base64'),
  };
  const body = Buffer.from(JSON.stringify(box)).toString('base64').replace(/.{65}/g, '$&\n');
  return keep(
    `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${body}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`,
    publicKey,
  );
}
