SELECT 'INSIDE', 0, format('ALTER SCHEMA %I OWNER TO %I', schema, current_user), 'the admin must own the ledger'
FROM ledger JOIN pg_namespace AS n ON n.oid = namespace WHERE pg_get_userbyid(nspowner) <> current_user
