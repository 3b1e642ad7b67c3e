export const up = (pgm) => {
  pgm.createExtension('pg_trgm', { ifNotExists: true });
  pgm.createType('order_state', ['open', 'paid']);
  pgm.createTable('orders', {
    id: { type: 'bigint', primaryKey: true, sequenceGenerated: { precedence: 'ALWAYS' } },
    state: { type: 'order_state', notNull: true, default: 'open' },
    note: 'text',
  });
};
export const down = (pgm) => {
  pgm.dropTable('orders');
  pgm.dropType('order_state');
};
