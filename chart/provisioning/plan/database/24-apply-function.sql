SELECT 'INSIDE', 0, format('CREATE OR REPLACE FUNCTION shared_postgresql.apply_schema_file(name text, checksum text, content text, lines text) '
                  'RETURNS text LANGUAGE plpgsql AS %L', body), 'the function that applies schema files differs'
FROM apply_function WHERE NOT EXISTS (SELECT FROM ledger JOIN pg_proc AS p ON p.oid = ledger.function WHERE p.prosrc = body)
