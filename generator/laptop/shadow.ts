import type { Service } from '../generate/model.ts';
import { asAdmin, type Connection } from '../server/session.ts';
import { setPassword } from '../server/worker.ts';
import type { Login } from '../generate/connections.ts';
import type { LocalPasswords } from './home.ts';
import { LaptopError } from './laptop-error.ts';

/** The credential of a service's shadow; no role of a service has a capital. */
export function shadowCredentialOf({ name }: Pick<Service, 'name'>): string {
  return `${name}.Shadow`;
}

/** Of a database, and of the login that owns it: pg_hba.conf lets a login into the database of its own name. */
function shadowNameOf({ database }: Service): string {
  return `${database}_shadow`;
}

/** How a tool reaches the shadow of a service; undefined when it has none. */
export function shadowOf(service: Service, port: number, passwords: LocalPasswords): Login | undefined {
  const password = passwords.get(shadowCredentialOf(service));
  const name = shadowNameOf(service);
  return password === undefined ? undefined : { host: 'localhost', port, database: name, user: name, password };
}

/** A line of a run that reports a shadow: nobody declares them, for the cluster has none. */
export const REPORTS_SHADOW = /^reported: server: -- (database|role) \S+_shadow /;

/** PostgreSQL's names end here (NAMEDATALEN). */
const LONGEST_NAME = 63;

/**
 * Makes an empty database beside each service's, with a login that owns it, for tools that compare with one that they empty as they like. Throws
 * LaptopError when a name does not do.
 */
export async function makeShadows(
  connection: Connection,
  services: readonly Service[],
  passwords: LocalPasswords,
): Promise<void> {
  const taken = new Set(services.flatMap(({ database, user, roles }) => [database, user, ...roles.map((role) => role.user)]));
  for (const service of services) {
    const name = shadowNameOf(service);
    const shadow = passwords.get(shadowCredentialOf(service));
    if (taken.has(name) || name.length > LONGEST_NAME)
      throw new LaptopError(
        `${service.name}: there can be no shadow database ${name}: the name is taken, or too long. Start dev without --shadow.`,
      );
    await makeShadow(connection, name, shadow ?? '');
  }
}

/** The statements that a shadow still needs; format() quotes the names. */
const MISSING = `
  SELECT format('CREATE ROLE %I LOGIN CONNECTION LIMIT 5', $1::text) AS statement
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)
  UNION ALL SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0', $1::text, $1::text)
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = $1)
  UNION ALL SELECT format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', $1::text)`;

async function makeShadow(connection: Connection, name: string, password: string): Promise<void> {
  await asAdmin(connection, async (client) => {
    const { rows } = await client.query<{ statement: string }>(MISSING, [name]);
    for (const { statement } of rows) await client.query(statement);
    await setPassword(client, name, password);
  });
}
