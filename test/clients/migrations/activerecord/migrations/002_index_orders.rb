class IndexOrders < ActiveRecord::Migration[6.1]
  disable_ddl_transaction!

  def change
    add_index :orders, :note, name: 'orders_by_note', algorithm: :concurrently
  end
end
