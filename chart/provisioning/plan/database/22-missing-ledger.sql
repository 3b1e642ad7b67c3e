SELECT 'INSIDE', 0, 'CREATE TABLE shared_postgresql.schema_file (name text COLLATE "C" PRIMARY KEY, checksum text NOT NULL, '
           'applied timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp())', 'the ledger is missing'
FROM ledger WHERE ledger.table IS NULL
