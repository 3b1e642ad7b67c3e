SELECT 'INSIDE', 0, format('CREATE SCHEMA %I AUTHORIZATION %I', schema, current_user), 'the ledger is missing'
FROM ledger WHERE namespace IS NULL
