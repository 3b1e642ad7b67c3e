CREATE INDEX "orders_by_note" ON "orders" ("note");
