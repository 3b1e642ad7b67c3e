-- Statements by which the service makes its own extensions in the order in which they were made, where values.yaml pins the version of one: the dump asks for the newest of each.
WITH pinned AS (
  SELECT p.key AS name, p.value ->> 'version' AS version
  FROM jsonb_array_elements(:'desired'::jsonb -> 'services') AS e(entry) CROSS JOIN LATERAL jsonb_each(entry -> 'placements') AS p
  WHERE entry ->> 'name' = :'service' AND p.value ->> 'version' IS NOT NULL
), own AS (
  SELECT e.oid, extname, nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = extnamespace JOIN pg_roles AS r ON r.oid = extowner WHERE NOT rolsuper
)
SELECT format('CREATE EXTENSION %I SCHEMA %I%s;', extname, nspname, ' VERSION ' || quote_literal(version))
FROM own LEFT JOIN pinned ON name = extname WHERE EXISTS (SELECT FROM own JOIN pinned ON name = extname) ORDER BY own.oid;
