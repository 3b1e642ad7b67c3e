-- After a worker: remembers that its service is well. Reads the setting shared_postgresql.remember, which the plan gave the worker.
-- The workers do not wait for the disk, and neither does this: it comes after all that they wrote, and the end of the run waits for it.
UPDATE shared_postgresql.login AS l
SET digest = CASE access WHEN 'owner' THEN remember ->> 'digest' END,
    fingerprint = remember -> 'fingerprints' ->> l."user",
    database_oid = (SELECT oid FROM pg_database WHERE datname = l.database),
    provisioned = now()
FROM (SELECT current_setting('shared_postgresql.remember')::jsonb) AS r(remember)
WHERE l.database = remember ->> 'database' AND remember -> 'fingerprints' ? l."user";
-- A login has one verifier, for whichever database its password was set.
UPDATE shared_postgresql.login AS l SET verifier = encode(sha256(convert_to(rolpassword, 'UTF8')), 'hex')
FROM pg_authid
WHERE rolname = l."user" AND current_setting('shared_postgresql.remember')::jsonb -> 'fingerprints' ? l."user";
INSERT INTO shared_postgresql.former_entry (database, "user", entry)
SELECT l.database, l."user", (remember -> 'entry') - '{checksums,formerUsers,droppedRoles,adopt}'::text[]
FROM (SELECT current_setting('shared_postgresql.remember')::jsonb) AS r(remember)
JOIN shared_postgresql.login AS l ON l.database = remember ->> 'database' AND l."user" = remember -> 'entry' ->> 'user'
ON CONFLICT (database, "user") DO UPDATE SET entry = excluded.entry;
