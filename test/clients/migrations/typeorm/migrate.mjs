// Up or down: what the tool does on a pod of the service.
import { DataSource } from 'typeorm';

class Orders1700000000001 {
  up = async (runner) => {
    await runner.query('CREATE EXTENSION IF NOT EXISTS pg_trgm');
    await runner.query(`CREATE TYPE order_state AS ENUM ('open', 'paid')`);
    await runner.query(
      `CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state order_state NOT NULL DEFAULT 'open', note text)`,
    );
  };
  down = (runner) => runner.query('DROP TABLE orders; DROP TYPE order_state');
}

class Index1700000000002 {
  transaction = false;
  up = (runner) => runner.query('CREATE INDEX CONCURRENTLY orders_by_note ON orders (note)');
  down = (runner) => runner.query('DROP INDEX CONCURRENTLY orders_by_note');
}

const source = new DataSource({
  type: 'postgres',
  url: process.env.NODE_URL,
  migrations: [Orders1700000000001, Index1700000000002],
  migrationsTransactionMode: 'each',
});
await source.initialize();
await (process.argv[2] === 'up' ? source.runMigrations() : source.undoLastMigration({ transaction: 'none' }));
await source.destroy();
