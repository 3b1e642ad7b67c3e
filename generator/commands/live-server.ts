import type { ClusterDeployment } from '../cluster/deployment.ts';
import { asClusterAdmin } from '../cluster/reach.ts';
import type { Generated } from '../generate/generate.ts';
import { InputError } from '../generate/problem.ts';
import { codeOf } from '../generate/read/reasons.ts';
import { readPasswordTexts } from '../generate/read/texts.ts';
import { readSecrets, type Credentials } from '../server/passwords.ts';
import { asIts, connectionOf, explainServer, type Connection } from '../server/session.ts';
import { explainUnreached, isUnreached } from '../server/unreached.ts';
import { flawOfUrl } from '../server/url.ts';
import { ServerError } from './errors.ts';

/** Uses the server that --url names, or else the environment. Throws as explaining() does. */
export async function onServer<T>(url: string | undefined, use: (connection: Connection) => Promise<T>): Promise<T> {
  const named = url ?? process.env['DATABASE_URL'];
  const connection = readUrl(url === undefined ? 'DATABASE_URL' : '--url', named);
  const isUnnamed = named === undefined && process.env['PGHOST'] === undefined;
  return explaining(
    () => use(connection),
    (code) => (isUnnamed && code === 'ECONNREFUSED' ? UNNAMED : undefined),
  );
}

/** For whoever takes it that the server of dev is meant where none is named. */
const UNNAMED =
  'server: none was named, so this machine was asked; name one by --url, DATABASE_URL or PGHOST: docs/local-development.md has the lines for the one that dev runs';

/**
 * Does something on a server. Throws ServerError with what the driver said, which has a code, or what explainServer knows; what else is
 * thrown is not the server's.
 */
export async function explaining<T>(
  use: () => Promise<T>,
  known: (code: string | undefined) => string | undefined = () => undefined,
): Promise<T> {
  try {
    return await use();
  } catch (error) {
    const said = saidByServer(error);
    if (said === undefined) throw error;
    const code = codeOf(error);
    throw new ServerError(said, known(code) ?? explainUnreached(code, said) ?? explainServer(said), error);
  }
}

/** What the driver threw, in words; undefined for what somebody else threw. A file's error has a code too, but says of which. */
function saidByServer(error: unknown): string | undefined {
  if (!(error instanceof Error) || 'path' in error) return undefined;
  const code = codeOf(error);
  const said = wordsOf(error);
  return code !== undefined || explainUnreached(code, said) !== undefined || explainServer(said) !== undefined
    ? said || code
    : undefined;
}

/** A host of several addresses was tried on each. */
function wordsOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((each: unknown) => (each instanceof Error ? each.message : String(each))).join(', ');
}

/** Where the URL comes from is said, but never the URL: a password is in it. */
export function readUrl(file: string, url: string | undefined): Connection {
  const flaw = url === undefined ? undefined : flawOfUrl(url);
  if (flaw) throw new InputError([{ file, ...flaw }]);
  try {
    return connectionOf(url?.trim());
  } catch (error) {
    // A file that it names, a certificate.
    if (error instanceof Error && 'path' in error) throw error;
    const hint =
      'Write it as postgresql://USER:PASSWORD@HOST:PORT; in a password @ is %40, / %2F, : %3A, # %23, ? %3F and % %25.';
    throw new InputError([{ file, message: 'the URL cannot be read', hint }]);
  }
}

/** The same as the admin of the server that the values mean, who need be no superuser. */
export function onItsServer<T>(
  url: string | undefined,
  { model }: Generated,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  return onServer(url, (connection) => use(asIts(connection, model.engine.admin)));
}

/** The values that say which server is meant, if a command can ask it as its admin. Throws InputError otherwise, before anything is asked. */
export function askable(generated: Generated, values: string): Generated {
  const { unasked } = generated.model.engine;
  if (unasked === undefined) return generated;
  throw new InputError([{ file: values, path: 'engine.kind', message: unasked.why, hint: unasked.hint }]);
}

/** Uses the server of a deployment in a cluster, as its admin. Throws ClusterError, and what explaining() does. */
export function onDeployment<T>(deployment: ClusterDeployment, use: (connection: Connection) => Promise<T>): Promise<T> {
  const { server } = deployment;
  const far = (code: string | undefined): string | undefined =>
    'host' in server && isUnreached(code) ? farAway(server.host) : undefined;
  return explaining(() => asClusterAdmin(deployment, use), far);
}

/** Of a server that may let itself be reached from within the cluster alone. */
function farAway(host: string): string {
  return `server: ${host} is not reached from here: run this where it is, or lead a port of this machine there (ssh -L, the provider's proxy) and name it, PGHOSTADDR=127.0.0.1 PGPORT=6432; the Job of provisioning and helm test reach it from within the cluster`;
}

/** What --secrets names has to log in with, by the login's credential. */
export async function readCredentials(secrets: string, { model }: Generated): Promise<Required<Credentials>> {
  return readSecrets(await readPasswordTexts(secrets), model);
}
