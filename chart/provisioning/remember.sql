-- After the workers: remembers the services that the setting shared_postgresql.provisioned names, one on each line. Reads the table plan.
-- The workers did not wait for the disk; this does, and what it writes comes after all that they wrote.
UPDATE shared_postgresql.login AS l
SET digest = CASE access WHEN 'owner' THEN remember ->> 'digest' END,
    fingerprint = remember -> 'fingerprints' ->> l."user",
    verifier = encode(sha256(convert_to((SELECT rolpassword FROM pg_authid WHERE rolname = l."user"), 'UTF8')), 'hex'),
    database_oid = (SELECT oid FROM pg_database WHERE datname = l.database),
    provisioned = now()
FROM plan
WHERE plan.step = 'INSIDE' AND l.database = remember ->> 'database' AND remember -> 'fingerprints' ? l."user"
  AND plan.service IN (SELECT regexp_split_to_table(current_setting('shared_postgresql.provisioned'), '\n'));
