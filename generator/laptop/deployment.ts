import { join } from 'node:path';
import type { Generated } from '../generate/generate.ts';
import { loginsOf, type Owned } from '../generate/logins.ts';
import { configurationOf, type Configuration } from '../server/configuration.ts';
import type { Login } from '../generate/connections.ts';
import { ADMIN, keepPasswords, type Home, type LocalPasswords } from './home.ts';
import { orInterrupted } from './interruption.ts';
import { LaptopError } from './laptop-error.ts';
import { findPrograms, type Programs } from './programs.ts';
import { portOf } from './port.ts';
import { spareMemory } from './spare-memory.ts';
import { startServer, type AdminConnection, type LocalServer } from './server.ts';

/** A deployment whose server runs on this machine. */
export interface LocalDeployment {
  readonly home: Home;
  readonly programs: Programs;
  readonly port: number;
  readonly server: LocalServer;
  /** By credential. */
  readonly passwords: LocalPasswords;
}

/** Starts the server of a deployment on this machine. Throws LaptopError with what is in the way. */
export async function startDeployment(home: Home, generated: Generated, isThrowAway = false): Promise<LocalDeployment> {
  const { model } = generated;
  const programs = findPrograms(model.server.major, join(home.server, 'postgresql'));
  const port = await portOf(home);
  const passwords = passwordsFor(home, generated);
  const configuration = configurationHere(generated);
  const server = await startServer({ home, programs, configuration, connection: adminOf(port, passwords), isThrowAway });
  return { home, programs, port, server, passwords };
}

/** Uses a deployment that is being started, until that is done or somebody ends it, and stops its server, whatever happens. */
export async function using<T>(starting: Promise<LocalDeployment>, use: (deployment: LocalDeployment) => Promise<T>): Promise<T> {
  try {
    return await orInterrupted(starting.then(use));
  } finally {
    const deployment = await starting.catch(() => undefined);
    await deployment?.server.stop();
  }
}

/** The passwords of all logins, one for each rotation, and of the admin; what has none gets one. */
export function passwordsFor(home: Home, { model }: Generated): LocalPasswords {
  const logins = loginsOf(model);
  const ofPlatform = model.platformLogins.map(({ name }) => name);
  const kept = keepPasswords(home, [ADMIN, ...logins.map(keyOf), ...ofPlatform]);
  return new Map([...kept, ...logins.map((login) => [login.credential, passwordOf(kept, keyOf(login))] as const)]);
}

/** What a login's password is kept under. No name has this character. */
function keyOf({ credential, rotation }: Owned): string {
  return rotation === 0 ? credential : `${credential}#${rotation}`;
}

/** How the admin reaches the server, whatever PGSSLMODE of the environment wants of others. */
export function adminOf(port: number, passwords: LocalPasswords): AdminConnection {
  return { host: 'localhost', port, ssl: false, user: 'postgres', password: passwordOf(passwords, ADMIN) };
}

/** The configuration of the pod, as far as this machine can have it. */
export function configurationHere({ model }: Generated): Configuration {
  return configurationOf(model, spareMemory());
}

/** How a login reaches its database here. */
export function loginOf({ credential, user, service }: Owned, port: number, passwords: LocalPasswords): Login {
  return { host: 'localhost', port, database: service.database, user, password: passwordOf(passwords, credential) };
}

function passwordOf(passwords: LocalPasswords, credential: string): string {
  const password = passwords.get(credential);
  if (password === undefined) throw new LaptopError(`${credential} has no password`);
  return password;
}
