-- Statements by which the admin readies the empty database for what this one holds: whose public is, and the extensions that the admin made, with their schemas.
-- They come in the order in which they were made, as one may need another; that of the rows is another once an extension was moved. What values.yaml pins has
-- that version.
WITH pinned AS (
  SELECT p.key AS name, p.value ->> 'version' AS version
  FROM jsonb_array_elements(:'desired'::jsonb -> 'services') AS e(entry) CROSS JOIN LATERAL jsonb_each(entry -> 'placements') AS p WHERE entry ->> 'name' = :'service'
), made AS (
  SELECT e.oid AS extension, extname, nspname, n.oid, nspowner, nspacl,
         nspname NOT IN ('public', 'pg_catalog') AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = n.oid AND deptype = 'e') AS has_own_schema
  FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = extnamespace JOIN pg_roles AS r ON r.oid = extowner
  WHERE rolsuper AND extname <> 'plpgsql'
)
SELECT 1, 0::oid, format('ALTER SCHEMA public OWNER TO %I;', pg_get_userbyid(nspowner)) FROM pg_namespace WHERE nspname = 'public'
UNION ALL
SELECT 1, 0, 'DROP SCHEMA public;' WHERE to_regnamespace('public') IS NULL
UNION ALL
SELECT DISTINCT 2, 0::oid, format('CREATE SCHEMA %I AUTHORIZATION %I;', nspname, pg_get_userbyid(nspowner)) FROM made WHERE has_own_schema
UNION ALL
SELECT DISTINCT 3, 0::oid, format('GRANT %s ON SCHEMA %I TO %s;', privilege_type, nspname, coalesce(quote_ident(rolname), 'PUBLIC'))
FROM made CROSS JOIN LATERAL aclexplode(nspacl) AS a LEFT JOIN pg_roles AS r ON r.oid = grantee
WHERE has_own_schema AND grantee <> nspowner AND (grantee = 0 OR rolname IS NOT NULL)
UNION ALL
SELECT 4, extension, format('CREATE EXTENSION %I%s%s;', extname, CASE WHEN has_own_schema OR nspname = 'public' THEN format(' SCHEMA %I', nspname) END, ' VERSION ' || quote_literal(version))
FROM made LEFT JOIN pinned ON name = extname
ORDER BY 1, 2;
