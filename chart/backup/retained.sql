-- What is retained and asked for: those whose logins are locked, and whose database values.yaml gives to nobody. :wanted has their names, or nothing for all.
-- A line for each, of its name, database and login, and how many connections a dump may have; then the desired state with these as its services.
WITH document AS (
  SELECT :'desired'::jsonb AS body
), retained AS (
  -- One that was locked before entries were remembered has what the records tell.
  SELECT l.service, l.database, l."user", coalesce(entry, jsonb_build_object('database', l.database, 'user', l."user", 'encoding', pg_encoding_to_char(encoding), 'roles',
           ARRAY(SELECT jsonb_build_object('name', role."user", 'user', role."user", 'access', role.access, 'connectionLimit', 1)
                 FROM shared_postgresql.login AS role WHERE role.database = l.database AND role.access IN ('readonly', 'readwrite') ORDER BY 1))) || jsonb_build_object('name', l.service) AS entry
  FROM document CROSS JOIN shared_postgresql.login AS l LEFT JOIN shared_postgresql.former_entry AS f USING (database, "user")
  JOIN pg_roles ON rolname = l."user" JOIN pg_database AS d ON d.datname = l.database
  -- One with an end was let in by a run that was cut off.
  WHERE (NOT rolcanlogin OR rolvaliduntil < 'infinity') AND l.access = 'owner' AND l.service !~ '[+]'
    AND l.database NOT IN (SELECT each ->> 'database' FROM jsonb_array_elements(body -> 'services') AS each)
    AND (:'wanted' = '' OR l.service = ANY (string_to_array(:'wanted', ' ')))
)
SELECT 1, concat_ws(E'\t', service, database, "user", 4, "user") FROM retained
UNION ALL
SELECT 2, (body || jsonb_build_object('dropped', jsonb_build_array(), 'services', (SELECT jsonb_agg(entry) FROM retained)))::text
FROM document WHERE EXISTS (SELECT FROM retained)
ORDER BY 1, 2;
