export const up = (pgm) => {
  pgm.noTransaction();
  pgm.createIndex('orders', 'note', { name: 'orders_by_note', concurrently: true });
};
export const down = (pgm) => {
  pgm.noTransaction();
  pgm.dropIndex('orders', 'note', { name: 'orders_by_note', concurrently: true });
};
