export const config = { transaction: false };
export const up = (knex) => knex.raw('CREATE INDEX CONCURRENTLY orders_by_note ON orders (note)');
export const down = (knex) => knex.raw('DROP INDEX CONCURRENTLY orders_by_note');
