-- What the catalogs say of every login and every database, beyond what the plan compares: a row for each pair in which a login
-- may connect and must not, or must and may not, whatever the way it got or lost the privilege. Databases that nobody declared are reported
-- by the plan, and tried by real logins.
-- It only reads. Its input is the setting shared_postgresql.desired, as plan-server.sql has it.
WITH service AS MATERIALIZED (
  SELECT e.* FROM jsonb_array_elements(current_setting('shared_postgresql.desired')::jsonb -> 'services') AS entry
  CROSS JOIN LATERAL jsonb_to_record(entry) AS e(name text, database text, "user" text, login text, roles jsonb)
), login AS MATERIALIZED (
  SELECT l.*, r.oid AS role
  FROM (SELECT name AS service, database, "user" FROM service
        UNION ALL
        SELECT name, database, login FROM service
        UNION ALL
        SELECT name, database, each.login FROM service CROSS JOIN LATERAL jsonb_array_elements(roles) AS role
        CROSS JOIN LATERAL (SELECT role ->> 'user' UNION ALL SELECT role ->> 'login') AS each(login)
        UNION ALL
        SELECT p.name, current_database(), p."user" FROM jsonb_to_recordset(current_setting('shared_postgresql.desired')::jsonb -> 'platformLogins')
          AS p(name text, "user" text, replicates boolean) WHERE replicates IS NULL) AS l
  JOIN pg_roles AS r ON r.rolname = l."user"
)
SELECT l.service, l."user", d.datname::text AS database, d.datname = l.database AS own
FROM login AS l CROSS JOIN pg_database AS d
WHERE (d.datname IN (SELECT database FROM service) OR d.datname IN ('postgres', 'template0', 'template1', current_database()))
  -- What the admin cannot shut is reported by the plan.
  AND (pg_has_role(d.datdba, 'USAGE') OR d.datname IN (SELECT database FROM service))
  AND has_database_privilege(l.role, d.oid, 'CONNECT') <> (d.datname = l.database)
ORDER BY 1, 2, 3
