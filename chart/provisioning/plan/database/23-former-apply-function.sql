SELECT 'INSIDE', 0, 'DROP FUNCTION shared_postgresql.apply_schema_file(text, text, text)', 'the function that applies schema files has another form now'
WHERE to_regprocedure('shared_postgresql.apply_schema_file(text,text,text)') IS NOT NULL
