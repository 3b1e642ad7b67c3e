-- After a worker set the passwords of its service, whatever becomes of the rest: remembers them, of how many rotations they are, and from when a former
-- login's time runs. Nobody who
-- knows a former password holds on to it by what he does in the database. Reads the setting shared_postgresql.remember, which the plan gave the worker.
-- The workers do not wait for the disk, and neither does this: it comes after all that they wrote, and the end of the run waits for it.
UPDATE shared_postgresql.login AS l SET fingerprint = remember -> 'fingerprints' ->> l."user"
FROM (SELECT current_setting('shared_postgresql.remember')::jsonb) AS r(remember)
WHERE l.database = remember ->> 'database' AND remember -> 'fingerprints' ? l."user";
-- A login has one verifier, for whichever database its password was set.
UPDATE shared_postgresql.login AS l SET verifier = encode(sha256(convert_to(rolpassword, 'UTF8')), 'hex')
FROM pg_authid
WHERE rolname = l."user" AND current_setting('shared_postgresql.remember')::jsonb -> 'fingerprints' ? l."user";
UPDATE shared_postgresql.former_login AS f SET verifier = rolpassword FROM pg_authid
WHERE rolname = successor AND f.verifier IS NOT NULL AND current_setting('shared_postgresql.remember')::jsonb -> 'fingerprints' ? successor;
-- A login without a password reached nothing.
INSERT INTO shared_postgresql.rotation (database, "user", reached)
SELECT made.database, made."user", rotation
FROM (SELECT current_setting('shared_postgresql.remember')::jsonb) AS r(remember)
CROSS JOIN LATERAL jsonb_to_recordset(coalesce(remember -> 'entry' -> 'roles', '[]') || (remember -> 'entry')) AS l("user" text, login text, rotation integer)
JOIN shared_postgresql.login AS made ON made.database = remember ->> 'database' AND made."user" = l."user"
WHERE rotation > 0 AND remember ->> 'rotations' IS DISTINCT FROM 'forget' AND remember -> 'fingerprints' ? coalesce(login, l."user")
ON CONFLICT (database, "user") DO UPDATE SET reached = greatest(rotation.reached, excluded.reached);
-- From when the other login can be used on, the former one's time runs.
WITH login AS (
  SELECT coalesce(l.login, l."user") AS in_use, CASE WHEN l.login IS NULL THEN left(l."user", 61) || '_2' ELSE l."user" END AS former, remember
  FROM (SELECT current_setting('shared_postgresql.remember')::jsonb) AS r(remember)
  CROSS JOIN LATERAL jsonb_to_recordset(coalesce(remember -> 'entry' -> 'roles', '[]') || (remember -> 'entry')) AS l("user" text, login text)
), usable AS (
  -- One without a password takes nobody's place.
  SELECT * FROM login WHERE remember -> 'fingerprints' ? in_use
), returned AS (
  DELETE FROM shared_postgresql.former_login USING usable WHERE "user" = in_use
)
INSERT INTO shared_postgresql.former_login ("user", successor, until, verifier)
SELECT former, in_use, now() + (remember ->> 'grace')::interval, (SELECT rolpassword FROM pg_authid WHERE rolname = in_use)
FROM usable JOIN shared_postgresql.login AS made ON made.database = remember ->> 'database' AND made."user" = former
JOIN pg_roles ON rolname = former
WHERE rolcanlogin AND (access LIKE 'second%' OR EXISTS (SELECT FROM shared_postgresql.login AS other WHERE other.database = made.database AND other."user" = in_use AND other.access LIKE 'second%'))
ON CONFLICT ("user") DO NOTHING;
