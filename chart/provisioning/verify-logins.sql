-- Which login is tried on which database, and whether it must get in: a row for each attempt. Every login tries its own
-- database, the admin's, the templates and those that nobody declared; of the other services' databases it tries all as long
-- as that makes no more than shared_postgresql.attempts attempts, and an even sample beyond.
-- It only reads. Its inputs are settings of the session: shared_postgresql.desired, as plan-server.sql has it, and
-- shared_postgresql.attempts, a number.
WITH service AS MATERIALIZED (
  SELECT e.*, ordinal FROM jsonb_array_elements(current_setting('shared_postgresql.desired')::jsonb -> 'services')
    WITH ORDINALITY AS entry(entry, ordinal)
  CROSS JOIN LATERAL jsonb_to_record(entry) AS e(name text, database text, "user" text, login text, roles jsonb, "clientCertificate" boolean)
), login AS MATERIALIZED (
  SELECT l.*, row_number() OVER (ORDER BY service, credential) AS number
  FROM (SELECT name AS service, name AS credential, database, coalesce(login, "user") AS "user", coalesce("clientCertificate", false) AS needs_certificate FROM service
        UNION ALL
        SELECT name, name || '.' || (role ->> 'name'), database, coalesce(role ->> 'login', role ->> 'user'), role ? 'clientCertificate'
        FROM service CROSS JOIN LATERAL jsonb_array_elements(roles) AS role) AS l
), target AS MATERIALIZED (
  SELECT datname::text AS database, ordinal FROM pg_database LEFT JOIN service ON service.database = datname
  WHERE datallowconn AND datname !~ '[[:cntrl:]]'
    -- What is open to all, and not the admin's to shut, is reported by the plan.
    AND (service.database IS NOT NULL OR pg_has_role(datdba, 'USAGE') OR NOT has_database_privilege('public', pg_database.oid, 'CONNECT'))
), pace AS (
  SELECT greatest(1, ceil((SELECT count(*) FROM login) * (SELECT count(*) FROM target WHERE ordinal IS NOT NULL)
                          / current_setting('shared_postgresql.attempts')::numeric))::integer AS step
)
SELECT l.service, l.credential, l."user", t.database, t.database = l.database AS own, needs_certificate AND current_setting('ssl')::boolean AS needs_certificate
FROM login AS l CROSS JOIN pace JOIN target AS t
  ON t.ordinal IS NULL OR t.database = l.database OR (t.ordinal - l.number) % step = 0
ORDER BY l.number, t.ordinal NULLS FIRST, t.database
