export const up = async (knex) => {
  await knex.raw('CREATE EXTENSION IF NOT EXISTS pg_trgm');
  await knex.schema.createTable('orders', (table) => {
    table.bigIncrements('id');
    table.enum('state', ['open', 'paid'], { useNative: true, enumName: 'order_state' }).notNullable().defaultTo('open');
    table.text('note');
  });
};
export const down = async (knex) => {
  await knex.schema.dropTable('orders');
  await knex.raw('DROP TYPE order_state');
};
