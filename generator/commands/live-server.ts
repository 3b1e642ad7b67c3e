import type { Generated } from '../generate/generate.ts';
import { InputError } from '../generate/problem.ts';
import { codeOf } from '../generate/read/reasons.ts';
import { readTextOrInput } from '../generate/read/texts.ts';
import { readSecrets } from '../server/passwords.ts';
import { connectionOf, explainServer, type Connection } from '../server/session.ts';
import { ServerError } from './errors.ts';

/** Uses the server that --url names, or else the environment. Throws as explaining() does. */
export async function onServer<T>(url: string | undefined, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = readUrl(url ?? process.env['DATABASE_URL']);
  return explaining(() => use(connection));
}

/**
 * Does something on a server. Throws ServerError with what the driver said, which has a code, or what explainServer knows; what else is
 * thrown is not the server's.
 */
export async function explaining<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    const said = saidByServer(error);
    if (said === undefined) throw error;
    const sentence = explainServer(said);
    throw new ServerError([`the server: ${said}`, ...(sentence === undefined ? [] : [sentence])].join('\n'));
  }
}

/** What the driver threw, in words; undefined for what somebody else threw. A file's error has a code too, but says of which. */
function saidByServer(error: unknown): string | undefined {
  if (!(error instanceof Error) || 'path' in error) return undefined;
  const code = codeOf(error);
  return code !== undefined || explainServer(error.message) !== undefined ? error.message || code : undefined;
}

function readUrl(url: string | undefined): Connection {
  try {
    return connectionOf(url);
  } catch (error) {
    if (codeOf(error) !== 'ERR_INVALID_URL') throw error;
    // It is not shown: a password is in it.
    const hint = 'Write it as postgresql://USER:PASSWORD@HOST:PORT in --url or DATABASE_URL.';
    throw new InputError([{ file: 'the URL', message: 'it cannot be read', hint }]);
  }
}

/** The passwords in the list of Secrets that --secrets names, by the login's source. */
export async function readPasswords(secrets: string, { model }: Generated): Promise<ReturnType<typeof readSecrets>> {
  return readSecrets(secrets, await readTextOrInput(secrets), model.services);
}
