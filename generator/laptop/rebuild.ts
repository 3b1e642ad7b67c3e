import type { Service } from '../generate/model.ts';
import { asAdmin, type Connection } from '../server/session.ts';

/** Drops the database of a service with all that is in it, whoever is connected; the next run makes it anew, and applies every schema file. */
export async function dropDatabase(connection: Connection, { database }: Service): Promise<void> {
  await asAdmin(connection, async (client) => {
    const { rows } = await client.query<{ statement: string }>(
      `SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', $1::text) AS statement`,
      [database],
    );
    for (const { statement } of rows) await client.query(statement);
  });
}
