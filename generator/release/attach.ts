import type { KeyObject } from 'node:crypto';
import { InputError } from '../generate/problem.ts';
import type { Published } from '../helm/registry.ts';
import { findLogin } from './login.ts';
import { attach } from './registry.ts';
import { BUNDLE_TYPE, signClaim, type Claim } from './statement.ts';

/** How to sign. */
export interface Signing {
  readonly key: KeyObject;
  /** Whether the registry speaks no TLS. */
  readonly plainHttp?: true;
}

/** Signs claims on a published chart and puts them beside it, where `cosign verify` and `cosign verify-attestation` look. Throws InputError with what the registry says. */
export async function attachClaims(
  claims: readonly Claim[],
  { reference, digest }: Published,
  { key, plainHttp }: Signing,
): Promise<void> {
  const [, host = '', path = ''] = /^oci:\/\/([^/]+)\/(.*?)(?::[^:/]*)?$/.exec(reference) ?? [];
  const artifacts = claims.map((claim) => ({
    mediaType: BUNDLE_TYPE,
    content: Buffer.from(signClaim(claim, digest, key)),
    annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope', 'dev.sigstore.bundle.predicateType': claim.predicateType },
  }));
  const url = `${plainHttp ? 'http' : 'https'}://${host}/v2/${path}`;
  try {
    await attach(artifacts, digest, { url, login: await findLogin(host) });
  } catch (error) {
    throw refusal(reference, error);
  }
}

function refusal(reference: string, error: unknown): InputError {
  const said = error instanceof Error ? error.message : String(error);
  const message = `${reference} is published, and what is signed of it is not: ${said}`;
  return new InputError([
    { file: '--registry', message, hint: 'Mend what it says and run the same again: it signs what is published already.' },
  ]);
}
