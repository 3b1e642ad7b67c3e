import { asAdmin, type Connection } from './session.ts';

/** What confirms a database of the server by its number, as `adopt` and `drop` want it; undefined when there is none of this name. */
export async function readConfirmation(connection: Connection, database: string): Promise<string | undefined> {
  return asAdmin(connection, async (client) => {
    const { rows } = await client.query<{ confirmation: string }>(
      `SELECT format('confirm-%s-%s', datname, oid) AS confirmation FROM pg_database WHERE datname = $1`,
      [database],
    );
    return rows[0]?.confirmation;
  });
}
