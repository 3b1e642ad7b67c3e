import { createPublicKey, hash, sign, type KeyObject } from 'node:crypto';

/** What is said of a published chart. */
export interface Claim {
  /** What kind of claim it is: https://slsa.dev/provenance/v1 */
  readonly predicateType: string;
  readonly predicate: object;
}

/** That the chart is meant to be published: what `cosign verify` looks for. */
export const SIGNATURE: Claim = { predicateType: 'https://sigstore.dev/cosign/sign/v1', predicate: {} };

/** How OCI registries call it. */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** A claim on the manifest of this digest (sha256:…), signed: a bundle of Sigstore's, with a statement of in-toto in an envelope of DSSE. */
export function signClaim({ predicateType, predicate }: Claim, digest: string, key: KeyObject): string {
  const subject = [{ digest: { sha256: digest.replace('sha256:', '') } }];
  const statement = Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate }));
  const sig = sign('sha256', encodeForSigning(statement), key).toString('base64');
  return JSON.stringify({
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint: hintOf(key) } },
    dsseEnvelope: { payload: statement.toString('base64'), payloadType: PAYLOAD_TYPE, signatures: [{ sig }] },
  });
}

/** DSSE's pre-authentication encoding. */
function encodeForSigning(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);
}

/** How cosign names the key that belongs to a signature. */
function hintOf(key: KeyObject): string {
  return hash('sha256', createPublicKey(key).export({ type: 'spki', format: 'der' }), 'base64');
}
