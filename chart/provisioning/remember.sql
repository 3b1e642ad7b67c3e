-- After a worker, and remember-passwords.sql: remembers that its service is well. Reads the setting shared_postgresql.remember, which the plan gave the worker.
UPDATE shared_postgresql.login AS l
SET digest = CASE access WHEN 'owner' THEN remember ->> 'digest' END,
    database_oid = (SELECT oid FROM pg_database WHERE datname = l.database),
    provisioned = now()
FROM (SELECT current_setting('shared_postgresql.remember')::jsonb) AS r(remember)
WHERE l.database = remember ->> 'database' AND (remember -> 'fingerprints' ? l."user" OR l."user" = remember -> 'entry' ->> 'user');
INSERT INTO shared_postgresql.former_entry (database, "user", entry)
SELECT l.database, l."user", (remember -> 'entry') - '{checksums,formerUsers,droppedRoles,adopt}'::text[]
FROM (SELECT current_setting('shared_postgresql.remember')::jsonb) AS r(remember)
JOIN shared_postgresql.login AS l ON l.database = remember ->> 'database' AND l."user" = remember -> 'entry' ->> 'user'
ON CONFLICT (database, "user") DO UPDATE SET entry = excluded.entry;
