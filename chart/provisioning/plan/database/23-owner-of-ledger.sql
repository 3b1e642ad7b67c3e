SELECT 'INSIDE', 0, format('ALTER TABLE shared_postgresql.schema_file OWNER TO %I', current_user), 'the admin must own the ledger'
FROM ledger JOIN pg_class AS c ON c.oid = ledger.table WHERE pg_get_userbyid(relowner) <> current_user
