// Up: what the tool does on a pod of the service. It has no way down, and all that it runs is in one transaction.
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';

const database = drizzle(process.env.NODE_URL);
await migrate(database, { migrationsFolder: 'sql' });
await database.$client.end();
