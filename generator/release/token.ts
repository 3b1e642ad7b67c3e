import { valueAt } from '../generate/fields.ts';
import { InputError } from '../generate/problem.ts';

/** What a forge tells of the workflow that runs. */
type Environment = Readonly<Record<string, string | undefined>>;

/** For whom a token is meant: Sigstore's services take no other. */
const AUDIENCE = 'sigstore';

const MOST_WAIT = 30_000;

/**
 * The token of OpenID Connect by which a workflow shows who it is: in SIGSTORE_ID_TOKEN, or to be asked of the forge, as GitHub tells a job with `id-token: write`.
 * Undefined where no forge offers one. Throws InputError when it gives none; the token itself is in no sentence.
 */
export async function findToken(environment: Environment): Promise<string | undefined> {
  const given = environment['SIGSTORE_ID_TOKEN'];
  if (given) return checked('SIGSTORE_ID_TOKEN', given);
  const [url, secret] = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'].map((name) => environment[name]);
  return url && secret ? checked('ACTIONS_ID_TOKEN_REQUEST_URL', await ask(url, secret)) : undefined;
}

async function ask(address: string, secret: string): Promise<unknown> {
  const name = 'ACTIONS_ID_TOKEN_REQUEST_URL';
  if (!URL.canParse(address)) throw refusal(name, 'it is no URL');
  const url = new URL(address);
  url.searchParams.set('audience', AUDIENCE);
  const headers = { Authorization: `Bearer ${secret}`, Accept: 'application/json' };
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(MOST_WAIT) }).catch(() => undefined);
  if (answer === undefined) throw refusal(name, `the forge does not answer at ${url.origin}`);
  if (!answer.ok) throw refusal(name, `the forge gives no token: it answered ${answer.status}`);
  return valueAt(await answer.json().catch(() => undefined), ['value']);
}

/** The library repeats a token that it cannot read in its error, so it gets none such. */
function checked(name: string, token: unknown): string {
  if (typeof token === 'string' && isToken(token)) return token;
  throw refusal(name, 'what it gives is no token of OpenID Connect');
}

function isToken(token: string): boolean {
  const [, body = '', signature] = token.split('.');
  if (signature === undefined) return false;
  try {
    const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
    return typeof valueAt(claims, ['sub']) === 'string';
  } catch {
    return false;
  }
}

function refusal(file: string, message: string): InputError {
  const hint =
    'A job of GitHub gets one by `permissions: { id-token: write }`, one of GitLab by `id_tokens` with the audience "sigstore". Or sign with a key: --key.';
  return new InputError([{ file, message, hint }]);
}
