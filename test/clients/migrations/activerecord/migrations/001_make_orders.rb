class MakeOrders < ActiveRecord::Migration[6.1]
  def change
    enable_extension 'pg_trgm'
    create_table :orders do |table|
      table.string :state, null: false, default: 'open'
      table.text :note
    end
  end
end
