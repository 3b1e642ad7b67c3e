import { X509Certificate } from '@sigstore/core';
import { DEFAULT_FULCIO_URL, DEFAULT_REKOR_URL, FulcioSigner, RekorWitness, type Signature } from '@sigstore/sign';
import { generateKeyPairSync, sign } from 'node:crypto';
import { InputError } from '../generate/problem.ts';
import { sealBy, type Identity, type Signer } from './signer.ts';

/** Sigstore's services: the public ones, or those of an organisation. */
export interface Services {
  /** Gives certificates for keys. */
  readonly fulcio: string;
  /** The log of all that was signed. */
  readonly rekor: string;
}

/** Which services to use: those that cosign's variables name, or the public ones. */
export function servicesIn(environment: Readonly<Record<string, string | undefined>>): Services {
  const named = (name: string, usual: string): string => (environment[name] || usual).replace(/\/+$/, '');
  return {
    fulcio: named('COSIGN_FULCIO_URL', DEFAULT_FULCIO_URL),
    rekor: named('COSIGN_REKOR_URL', DEFAULT_REKOR_URL),
  };
}

/** Of each request, of which two more are tried. */
const PATIENCE = { timeout: 30_000, retry: 2 };

/**
 * Whoever a token says: a new key that lives as long as this program, with a certificate that holds for minutes; what it signs is written to the log. Throws
 * InputError when there is no certificate.
 */
export async function enrol(token: string, { fulcio, rekor }: Services): Promise<Signer> {
  const holder = makeKeyHolder();
  const identityProvider = { getToken: () => Promise.resolve(token) };
  const applicant = new FulcioSigner({ identityProvider, fulcioBaseURL: fulcio, keyHolder: holder, ...PATIENCE });
  // The library asks for the certificate when it signs, and for another one each time.
  const { key } = await applicant.sign(Buffer.alloc(0)).catch((error: unknown) => {
    throw noCertificate(fulcio, causeOf(error));
  });
  const signer = { sign: async (data: Buffer) => ({ ...(await holder.sign(data)), key }) };
  const seal = sealBy({ signer, witnesses: [new RekorWitness({ rekorBaseURL: rekor, entryType: 'dsse', ...PATIENCE })] });
  return {
    seal: async (statement) =>
      seal(statement).catch((error: unknown) => {
        throw new Error(`the log at ${rekor} took no entry: ${causeOf(error)}`);
      }),
    identity: identityOf(key),
  };
}

function makeKeyHolder(): { readonly sign: (data: Buffer) => Promise<Signature> } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { $case: 'publicKey', publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() } as const;
  return { sign: (data) => Promise.resolve({ signature: sign('sha256', data, privateKey), key }) };
}

/** By Fulcio's list of extensions. */
const ISSUER = '1.3.6.1.4.1.57264.1.8';

function identityOf(key: Signature['key']): Identity {
  const certificate = key.$case === 'x509Certificate' ? X509Certificate.parse(key.certificate) : undefined;
  const issuer = certificate?.extension(ISSUER)?.valueObj.subs[0]?.value.toString('utf8');
  return { subject: certificate?.subjectAltName ?? '', issuer: issuer ?? '' };
}

/** The library's own sentences say which step it was, those below them why it failed. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function noCertificate(fulcio: string, said: string): InputError {
  const message = `there is no certificate to sign with: ${said}`;
  const hint =
    'Look whether it is to be reached and knows the forge; COSIGN_FULCIO_URL names another one. Or sign with a key: --key.';
  return new InputError([{ file: fulcio, message, hint }]);
}
