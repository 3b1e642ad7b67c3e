-- Its script runs as the admin, so what it finds on its way must be the admin's as well.
SELECT 'INSIDE', 0, format('CREATE SCHEMA %I', schema), 'the schema of an extension that values.yaml allows is missing'
FROM missing_extension WHERE schema NOT IN (SELECT nspname FROM pg_namespace) GROUP BY schema
