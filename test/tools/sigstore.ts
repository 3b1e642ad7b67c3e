import { fulcioHandler, initializeCA, initializeCTLog, initializeTLog, rekorHandler, type HandlerFn } from '@sigstore/mock';
import { createHash, generateKeyPairSync, hash, randomUUID, verify, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { textAt } from './publishing.ts';

/* Stands in for Sigstore's public services, which no test may write to: Fulcio, Rekor and the forge that gives tokens, by @sigstore/mock. */

export interface Sigstore {
  /** What a job of the forge finds in its environment. */
  readonly variables: NodeJS.ProcessEnv;
  /** Whom the certificates name, and who vouches. */
  readonly identity: { readonly subject: string; readonly issuer: string };
  /** What whoever verifies trusts, as Sigstore's trusted_root.json has it. */
  readonly trustedRoot: object;
  /** A token of the forge. */
  readonly token: (audience?: string) => string;
  /** Which of them answers with this status from now on. */
  readonly break: (which: Which, status: number) => void;
  readonly mend: () => void;
  /** How many entries the log has. */
  readonly entries: () => number;
  readonly end: () => Promise<void>;
}

type Which = 'forge' | 'fulcio' | 'rekor';

const REPOSITORY = 'example/databases';
const WORKFLOW = `https://github.com/${REPOSITORY}/.github/workflows/release.yaml@refs/tags/v1.0.0`;

/** Starts them on loopback, each with a key of its own. */
export async function startSigstore(): Promise<Sigstore> {
  const [authority, certificates, log] = [newKeyPair(), newKeyPair(), newKeyPair()];
  const ca = await initializeCA(authority, await initializeCTLog(certificates));
  const tlog = await initializeTLog('http://rekor.test', log);
  const given = new Set<string>();
  const secret = randomUUID();
  const broken = new Map<Which, number>();
  let entries = 0;
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;

  const token = (audience = 'sigstore'): string => {
    const claims = { iss: url, aud: audience, sub: `repo:${REPOSITORY}:ref:refs/tags/v1.0.0`, workflow: WORKFLOW };
    const made = [{ alg: 'none' }, claims, randomUUID()].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
    given.add(made.join('.'));
    return made.join('.');
  };
  const forge = (request: IncomingMessage): Answer =>
    request.headers.authorization === `Bearer ${secret}`
      ? json(200, { value: token(new URL(request.url ?? '', url).searchParams.get('audience') ?? '') })
      : json(401, {});
  const fulcio = async (body: string): Promise<Answer> => {
    const fault = faultIn(body, given);
    return fault === undefined ? handle(fulcioHandler(ca, { subjectClaim: 'workflow' }).fn, body) : json(400, { message: fault });
  };
  const rekor = async (body: string): Promise<Answer> => {
    entries += 1;
    return handle(rekorHandler(tlog).fn, JSON.stringify(storedOf(body)));
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const which = whichIn(request.url ?? '');
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const status = broken.get(which);
    const by = { forge: () => forge(request), fulcio: () => fulcio(body), rekor: () => rekor(body) };
    const said = status === undefined ? await by[which]() : json(status, { message: 'out of order' });
    response.writeHead(said.status, { 'Content-Type': 'application/json' }).end(said.text);
  }

  return {
    variables: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/forge?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
      COSIGN_FULCIO_URL: `${url}/fulcio/`,
      COSIGN_REKOR_URL: `${url}/rekor`,
    },
    identity: { subject: WORKFLOW, issuer: url },
    trustedRoot: rootOf({ authority: ca.rootCertificate, certificates: certificates.publicKey, log: log.publicKey }),
    token,
    break: (which, status) => void broken.set(which, status),
    mend: () => broken.clear(),
    entries: () => entries,
    end: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const json = (status: number, data: object): Answer => ({ status, text: JSON.stringify(data) });

async function handle(handler: HandlerFn, body: string): Promise<Answer> {
  const { statusCode, response } = await handler(body);
  return { status: statusCode, text: typeof response === 'string' ? response : '' };
}

function whichIn(path: string): Which {
  return path.startsWith('/fulcio/api/v2/') ? 'fulcio' : path.startsWith('/rekor/api/v1/') ? 'rekor' : 'forge';
}

const newKeyPair = (): { publicKey: KeyObject; privateKey: KeyObject } => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** What Fulcio itself would look at and the mock does not: whose token it is, for whom, and whether the asker has the key. */
function faultIn(body: string, given: ReadonlySet<string>): string | undefined {
  const request: unknown = JSON.parse(body);
  const token = textAt(request, 'credentials', 'oidcIdentityToken');
  if (!given.has(token)) return 'There was an error processing the identity token';
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  if (textAt(claims, 'aud') !== 'sigstore') return 'the token is for somebody else';
  const key = textAt(request, 'publicKeyRequest', 'publicKey', 'content');
  const proof = Buffer.from(textAt(request, 'publicKeyRequest', 'proofOfPossession'), 'base64');
  return verify('sha256', Buffer.from(textAt(claims, 'sub')), key, proof) ? undefined : 'no proof of the key';
}

/** What Rekor keeps of an envelope, where the mock would keep all that it is given: hashes, signatures and certificates. */
function storedOf(body: string): object {
  const proposed: unknown = JSON.parse(body);
  const [envelope, verifier] = [['envelope'], ['verifiers', 0]].map((path) =>
    textAt(proposed, 'spec', 'proposedContent', ...path),
  );
  const signed: unknown = JSON.parse(envelope ?? '');
  const hashOf = (data: string | Buffer): object => ({ algorithm: 'sha256', value: hash('sha256', data) });
  const spec = {
    envelopeHash: hashOf(envelope ?? ''),
    payloadHash: hashOf(Buffer.from(textAt(signed, 'payload'), 'base64')),
    signatures: [{ signature: textAt(signed, 'signatures', 0, 'sig'), verifier }],
  };
  return { apiVersion: '0.0.1', kind: 'dsse', spec };
}

interface Trusted {
  readonly authority: ArrayBufferView<ArrayBuffer>;
  readonly certificates: KeyObject;
  readonly log: KeyObject;
}

function rootOf({ authority, certificates, log }: Trusted): object {
  const validFor = { start: '2020-01-01T00:00:00Z' };
  const logOf = (key: KeyObject): object => {
    const rawBytes = key.export({ type: 'spki', format: 'der' });
    return {
      baseUrl: 'http://rekor.test',
      hashAlgorithm: 'SHA2_256',
      publicKey: { rawBytes: rawBytes.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
      logId: { keyId: createHash('sha256').update(rawBytes).digest('base64') },
    };
  };
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [logOf(log)],
    ctlogs: [logOf(certificates)],
    certificateAuthorities: [
      {
        subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
        uri: 'http://fulcio.test',
        certChain: {
          certificates: [{ rawBytes: Buffer.from(authority.buffer).subarray(authority.byteOffset).toString('base64') }],
        },
        validFor,
      },
    ],
  };
}
