import type { Generated } from '../generate/generate.ts';
import { readTextOrInput } from '../generate/read/texts.ts';
import { readSecrets } from '../server/passwords.ts';
import { connectionOf, type Connection } from '../server/session.ts';

/** The server that --url names, or else the environment. */
export function serverAt(url: string | undefined): Connection {
  return connectionOf(url ?? process.env['DATABASE_URL']);
}

/** The passwords in the list of Secrets that --secrets names, by the login's source. */
export function readPasswords(secrets: string, { model }: Generated): ReturnType<typeof readSecrets> {
  return readSecrets(secrets, readTextOrInput(secrets), model.services);
}
