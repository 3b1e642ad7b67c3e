import { bundleToJSON } from '@sigstore/bundle';
import { DSSEBundleBuilder, type BundleBuilderOptions } from '@sigstore/sign';
import { createPublicKey, hash, sign, type KeyObject } from 'node:crypto';

/** Who signs statements. */
export interface Signer {
  /** The statement in an envelope of DSSE, signed: a bundle of Sigstore's as JSON. Throws Error with what kept it. */
  readonly seal: (statement: string) => Promise<string>;
  /** Who that is by the certificate; a key says nothing of whose it is. */
  readonly identity?: Identity;
}

/** Whom a certificate names, and who vouches for that. */
export interface Identity {
  /** https://github.com/example/databases/.github/workflows/release.yaml@refs/tags/v1.0.0 */
  readonly subject: string;
  /** https://token.actions.githubusercontent.com */
  readonly issuer: string;
}

/** Whoever has this key. Nothing is written to a log. */
export function signerWithKey(key: KeyObject): Signer {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  // How cosign names the key that belongs to a signature.
  const named = { $case: 'publicKey', publicKey: '', hint: hash('sha256', spki, 'base64') } as const;
  const signer = { sign: async (data: Buffer) => Promise.resolve({ signature: sign('sha256', data, key), key: named }) };
  return { seal: sealBy({ signer, witnesses: [] }) };
}

/** What makes bundles of a signature and of those who witness it. */
export function sealBy(how: BundleBuilderOptions): Signer['seal'] {
  const builder = new DSSEBundleBuilder(how);
  return async (statement) => {
    const bundle = await builder.create({ data: Buffer.from(statement), type: 'application/vnd.in-toto+json' });
    return JSON.stringify(bundleToJSON(bundle));
  };
}
