import { InputError } from '../generate/problem.ts';
import type { Published } from '../helm/registry.ts';
import { findLogin } from './login.ts';
import { attach, type Artifact } from './registry.ts';
import { BUNDLE_TYPE, type Signer } from './signer.ts';
import { statementOf, type Claim } from './statement.ts';

/** How to sign. */
export interface Signing {
  readonly signer: Signer;
  /** Whether the registry speaks no TLS. */
  readonly plainHttp?: true;
}

/** Signs claims on a published chart and puts them beside it, where `cosign verify` and `cosign verify-attestation` look. Throws InputError with what the registry says. */
export async function attachClaims(
  claims: readonly Claim[],
  { reference, digest }: Published,
  { signer, plainHttp }: Signing,
): Promise<void> {
  const [, host = '', path = ''] = /^oci:\/\/([^/]+)\/(.*?)(?::[^:/]*)?$/.exec(reference) ?? [];
  const url = `${plainHttp ? 'http' : 'https'}://${host}/v2/${path}`;
  try {
    const artifacts = await Promise.all(claims.map((claim) => artifactOf(claim, digest, signer)));
    await attach(artifacts, digest, { url, login: await findLogin(host) });
  } catch (error) {
    throw refusal(reference, error);
  }
}

async function artifactOf(claim: Claim, digest: string, signer: Signer): Promise<Artifact> {
  const content = Buffer.from(await signer.seal(statementOf(claim, digest)));
  const annotations = {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': claim.predicateType,
  };
  return { mediaType: BUNDLE_TYPE, content, annotations };
}

function refusal(reference: string, error: unknown): InputError {
  const said = error instanceof Error ? error.message : String(error);
  const message = `${reference} is published, and what is signed of it is not: ${said}`;
  return new InputError([
    { file: '--registry', message, hint: 'Mend what it says and run the same again: it signs what is published already.' },
  ]);
}
