import { bundleToJSON } from '@sigstore/bundle';
import { DSSEBundleBuilder, type BundleBuilderOptions } from '@sigstore/sign';
import { createPublicKey, hash, sign, type KeyObject } from 'node:crypto';

/** How OCI registries call a bundle of Sigstore's. */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Who signs statements. */
export interface Signer {
  /** The statement in an envelope of DSSE, signed: a bundle of Sigstore's as JSON. Throws Error with what kept it. */
  readonly seal: (statement: string) => string | Promise<string>;
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

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Whoever has this key. Nothing is written to a log. The library would write the name of the key into the signature, and cosign takes no such. */
export function signerWithKey(key: KeyObject): Signer {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  // How cosign names the key that belongs to a bundle.
  const hint = hash('sha256', spki, 'base64');
  const seal = (statement: string): string => {
    const sig = sign('sha256', encodeForSigning(Buffer.from(statement)), key).toString('base64');
    return JSON.stringify({
      mediaType: BUNDLE_TYPE,
      verificationMaterial: { publicKey: { hint } },
      dsseEnvelope: {
        payload: Buffer.from(statement).toString('base64'),
        payloadType: PAYLOAD_TYPE,
        signatures: [{ sig }],
      },
    });
  };
  return { seal };
}

/** DSSE's pre-authentication encoding. */
function encodeForSigning(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);
}

/** What makes bundles of a signature and of those who witness it. */
export function sealBy(how: BundleBuilderOptions): (statement: string) => Promise<string> {
  const builder = new DSSEBundleBuilder(how);
  return async (statement) =>
    JSON.stringify(bundleToJSON(await builder.create({ data: Buffer.from(statement), type: PAYLOAD_TYPE })));
}
