-- What the service's own login still has to do in its database before its schema files: a row for each statement.
-- Its input is the setting shared_postgresql.entry: the service's entry of the desired state.
SELECT 10 AS step, format('CREATE EXTENSION %I SCHEMA public', name) AS statement, 'the extension is missing' AS reason
FROM jsonb_array_elements_text(current_setting('shared_postgresql.entry')::jsonb -> 'extensions') AS name
WHERE name NOT IN (SELECT extname FROM pg_extension)
ORDER BY statement
