/** What is said of a published chart. */
export interface Claim {
  /** What kind of claim it is: https://slsa.dev/provenance/v1 */
  readonly predicateType: string;
  readonly predicate: object;
}

/** That the chart is meant to be published: what `cosign verify` looks for. */
export const SIGNATURE: Claim = { predicateType: 'https://sigstore.dev/cosign/sign/v1', predicate: {} };

/** A statement of in-toto: a claim on the manifest of this digest (sha256:…). */
export function statementOf({ predicateType, predicate }: Claim, digest: string): string {
  const subject = [{ digest: { sha256: digest.replace('sha256:', '') } }];
  return JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate });
}
