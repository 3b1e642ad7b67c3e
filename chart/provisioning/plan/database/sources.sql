-- The diff inside one service's database, put together as the one beside it in server/.
-- It only reads the system catalogs: nothing that the service owns is ever evaluated by the admin.
-- Its input is the setting shared_postgresql.entry: the service's entry of the desired state.
-- A rule gives rows of (step, ordinal, statement, reason): INSIDE for what the admin runs, REPORTED for drift that is for a person; and
-- the turn of a statement among those of the rule.
WITH RECURSIVE service AS (
  SELECT *, "formerUsers" || "user" AS owners
  FROM jsonb_to_record(current_setting('shared_postgresql.entry')::jsonb)
    AS s(name text, "user" text, "formerUsers" text[], extensions text[], "adminExtensions" text[], "allowedExtensions" text[], roles jsonb)
), role AS (
  SELECT r."user", r.access FROM service CROSS JOIN LATERAL jsonb_to_recordset(roles) AS r("user" text, access text)
), access_privilege(access, kind, privileges) AS (
  -- The kinds are those of pg_default_acl: schemas, tables with all that is like them, sequences.
  VALUES ('readonly', 'n', ARRAY['USAGE']), ('readonly', 'r', ARRAY['SELECT']), ('readonly', 'S', ARRAY['SELECT']),
         ('readwrite', 'n', ARRAY['USAGE']), ('readwrite', 'r', ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']),
         ('readwrite', 'S', ARRAY['USAGE', 'SELECT', 'UPDATE'])
), kind(kind, one, many) AS (
  VALUES ('n', 'SCHEMA', 'SCHEMAS'), ('r', 'TABLE', 'TABLES'), ('S', 'SEQUENCE', 'SEQUENCES')
), own_object AS (
  SELECT 'n' AS kind, quote_ident(nspname) AS name, nspacl AS acl
  FROM pg_namespace, service
  WHERE nspname = 'public' OR pg_get_userbyid(nspowner) = ANY (owners) AND nspname <> 'shared_postgresql' AND nspname !~ '^pg_'
  UNION ALL
  SELECT CASE relkind WHEN 'S' THEN 'S' ELSE 'r' END, oid::regclass::text, relacl
  FROM pg_class, service
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND pg_get_userbyid(relowner) = ANY (owners) AND relpersistence <> 't'
    AND relnamespace IS DISTINCT FROM to_regnamespace('shared_postgresql')
  UNION ALL
  SELECT 'n', 'shared_postgresql', (SELECT nspacl FROM pg_namespace WHERE nspname = 'shared_postgresql')
  FROM service WHERE cardinality("adminExtensions") > 0
), wanted_grant AS (
  SELECT o.kind, o.name, r."user" AS grantee, unnest(p.privileges) AS privilege
  FROM own_object AS o CROSS JOIN role AS r JOIN access_privilege AS p USING (access, kind)
), live_grant AS (
  SELECT o.kind, o.name, r."user" AS grantee, a.privilege_type AS privilege, bool_or(a.is_grantable) AS is_grantable
  FROM own_object AS o CROSS JOIN LATERAL aclexplode(o.acl) AS a JOIN role AS r ON r."user" = pg_get_userbyid(a.grantee)
  GROUP BY 1, 2, 3, 4
), wanted_default AS (
  SELECT p.kind, r."user" AS grantee, unnest(p.privileges) AS privilege FROM role AS r JOIN access_privilege AS p USING (access)
), live_default AS (
  SELECT d.defaclobjtype::text AS kind, nspname AS schema, r."user" AS grantee, a.privilege_type AS privilege
  FROM pg_default_acl AS d
  JOIN service ON pg_get_userbyid(d.defaclrole) = service."user"
  LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
  CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a
  JOIN role AS r ON r."user" = pg_get_userbyid(a.grantee)
), column_grant AS (
  SELECT c.oid::regclass::text AS name, quote_ident(attname) AS attribute, r."user" AS grantee, a.privilege_type AS privilege
  FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
  CROSS JOIN LATERAL aclexplode(attacl) AS a
  JOIN role AS r ON r."user" = pg_get_userbyid(a.grantee)
  JOIN access_privilege AS p ON p.access = r.access AND p.kind = 'r' AND a.privilege_type <> ALL (p.privileges)
), available AS (
  SELECT name, v.schema, v.requires, v.trusted
  FROM pg_available_extensions JOIN pg_available_extension_versions AS v USING (name) WHERE v.version = default_version
), requirement AS (
  SELECT wanted.name COLLATE "C" AS extension, wanted.name COLLATE "C" AS name, 0 AS depth
  FROM (SELECT unnest("adminExtensions") AS name FROM service) AS wanted
  UNION
  SELECT r.extension, needed.name::text COLLATE "C", r.depth + 1
  FROM requirement AS r JOIN available AS a ON a.name = r.name CROSS JOIN LATERAL unnest(a.requires) AS needed(name)
), extension AS (
  SELECT r.extension AS name, bool_or(r.name = r.extension AND e.oid IS NOT NULL) AS is_there,
         string_agg(format('the schema %s, which belongs to %s', a.schema, pg_get_userbyid(n.nspowner)), ' and ')
           FILTER (WHERE e.oid IS NULL AND pg_get_userbyid(n.nspowner) <> current_user) AS foreign_schema,
         string_agg(r.name, ', ') FILTER (WHERE pg_get_userbyid(e.extowner) <> current_user) AS made_by_service,
         string_agg(r.name, ', ') FILTER (WHERE e.oid IS NULL AND a.trusted IS FALSE AND r.name <> ALL ("allowedExtensions")) AS not_allowed
  FROM service CROSS JOIN requirement AS r
  LEFT JOIN pg_extension AS e ON e.extname = r.name
  LEFT JOIN available AS a ON a.name = r.name
  LEFT JOIN pg_namespace AS n ON n.nspname = a.schema
  GROUP BY r.extension
), missing_extension AS (
  -- With all that it needs, and each by name: a statement that finds the service was quicker fails.
  SELECT r.name, a.schema, max(r.depth) AS depth
  FROM extension AS x JOIN requirement AS r ON r.extension = x.name LEFT JOIN available AS a ON a.name = r.name
  WHERE NOT is_there AND coalesce(foreign_schema, made_by_service, not_allowed) IS NULL
    AND r.name NOT IN (SELECT extname FROM pg_extension)
  GROUP BY r.name, a.schema
), foreign_object AS (
  SELECT 'TABLE ' || c.oid::regclass AS object, pg_get_userbyid(relowner) AS owner, false AS runs_as_owner, 'pg_class'::regclass AS class, c.oid
  FROM pg_class AS c WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relpersistence <> 't' AND c.oid >= 16384
  UNION ALL
  SELECT 'ROUTINE ' || oid::regprocedure, pg_get_userbyid(proowner), prosecdef, 'pg_proc', oid FROM pg_proc WHERE oid >= 16384
  UNION ALL
  SELECT 'SCHEMA ' || quote_ident(nspname), pg_get_userbyid(nspowner), false, 'pg_namespace', oid
  FROM pg_namespace WHERE oid >= 16384 AND nspname <> 'shared_postgresql' AND nspname !~ '^pg_'
    AND oid NOT IN (SELECT extnamespace FROM pg_extension)
), foreign_access AS (
  SELECT o.kind, pg_get_userbyid(a.grantee) AS grantee, count(DISTINCT o.name) AS objects, min(o.name) AS example
  FROM own_object AS o CROSS JOIN LATERAL aclexplode(o.acl) AS a, service
  WHERE a.grantee IN (SELECT oid FROM pg_roles WHERE rolcanlogin AND NOT rolsuper) AND pg_get_userbyid(a.grantee) <> ALL (owners)
    AND pg_get_userbyid(a.grantee) NOT IN (SELECT "user" FROM role)
  GROUP BY 1, 2
), ledger AS (
  SELECT 'shared_postgresql'::text AS schema, to_regnamespace('shared_postgresql') AS namespace,
         to_regclass('shared_postgresql.schema_file') AS table,
         to_regprocedure('shared_postgresql.apply_schema_file(text,text,text)') AS function
), apply_function AS (
  SELECT $body$
    DECLARE
      applied text;
    BEGIN
      PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('shared_postgresql.schema_file'));
      SELECT f.checksum INTO applied FROM shared_postgresql.schema_file AS f
      WHERE f.name OPERATOR(pg_catalog.=) apply_schema_file.name;
      IF applied OPERATOR(pg_catalog.=) apply_schema_file.checksum THEN
        RETURN 'unchanged';
      ELSIF applied IS NOT NULL THEN
        RAISE EXCEPTION 'schema file % was edited after it was applied', apply_schema_file.name
          USING HINT = 'Restore its text and put the change into a new schema file.';
      END IF;
      -- The last statement is ours because PL/pgSQL refuses a text that ends in SELECT INTO.
      EXECUTE content OPERATOR(pg_catalog.||) E'\n;SELECT 1';
      INSERT INTO shared_postgresql.schema_file (name, checksum)
      VALUES (apply_schema_file.name, apply_schema_file.checksum);
      RETURN 'applied';
    END
  $body$::text AS body
)
