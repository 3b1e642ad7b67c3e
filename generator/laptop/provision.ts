import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Generated } from '../generate/generate.ts';
import { loginsOf } from '../generate/logins.ts';
import { apply, type ApplyOptions } from '../server/apply.ts';
import { configurationHere, loginOf, passwordsFor, type LocalDeployment } from './deployment.ts';
import { environmentFileOf } from './environment.ts';
import { environmentOf, writePrivately, type LocalPasswords } from './home.ts';
import type { LocalServer } from './server.ts';
import { makeShadows, shadowCredentialOf, shadowOf } from './shadow.ts';

/** A deployment of this machine, whoever keeps its server. */
export interface Reached extends Pick<LocalDeployment, 'home' | 'port'> {
  readonly server: Pick<LocalServer, 'connection' | 'reconfigure'>;
}

/**
 * Brings a deployment on this machine in line with the values: its configuration, with a restart if that changed, what the cluster's plan says,
 * and the .env files. Gives the names of what is not well.
 */
export async function provision(
  deployment: Reached,
  generated: Generated,
  { say, progress }: Pick<ApplyOptions, 'say' | 'progress'>,
): Promise<readonly string[]> {
  const { home, server } = deployment;
  const passwords = passwordsFor(home, generated);
  writeEnvironments(deployment, generated);
  if (await server.reconfigure(configurationHere(generated))) say('server: restarted, because its configuration changed');
  const { connection } = server;
  // Shadows are declared by nobody.
  const options = {
    connection,
    generated,
    passwords,
    compare: 'changed',
    keepsUndeclared: true,
    forgetsRotations: true,
  } as const;
  const { unfinished } = await apply({ ...options, say, progress });
  const { services } = generated.model;
  await makeShadows(
    connection,
    services.filter((service) => passwords.has(shadowCredentialOf(service))),
    passwords,
  );
  return unfinished;
}

/** Of the logins of the deployment itself, those that open the admin's database. */
function platformFiles({ model }: Generated, port: number, passwords: LocalPasswords): (readonly [string, string])[] {
  return model.platformLogins
    .filter(({ replicates }) => replicates !== true)
    .map(({ name, user }) => {
      const login = { host: 'localhost', port, database: 'postgres', user, password: passwords.get(name) ?? '' };
      return [`${name}.env`, environmentFileOf(login)] as const;
    });
}

/** Writes an .env file for each login, and removes those of logins that are gone. */
function writeEnvironments({ home, port }: Reached, generated: Generated): void {
  const folder = environmentOf(home);
  const passwords = passwordsFor(home, generated);
  const files = loginsOf(generated.model).map((login) => {
    const shadow = login.credential === login.service.name ? shadowOf(login.service, port, passwords) : undefined;
    return [`${login.credential}.env`, environmentFileOf(loginOf(login, port, passwords), shadow)] as const;
  });
  const all = [...files, ...platformFiles(generated, port, passwords)];
  for (const [name, text] of all) writePrivately(join(folder, name), text);
  const wanted = new Set<string>(all.map(([name]) => name));
  for (const name of readdirSync(folder)) if (!wanted.has(name)) rmSync(join(folder, name));
}
