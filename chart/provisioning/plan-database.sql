-- The diff inside one service's database: a row for each statement that the admin still has to run there.
-- It only reads the system catalogs: nothing that the service owns is ever evaluated by the admin.
-- Its input is the setting shared_postgresql.entry: the service's entry of the desired state.
-- Rows from step 100 on are drift that provisioning reports and never mends: the statement is for a person.
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
SELECT step, statement, reason
FROM (
  SELECT 10, format('ALTER SCHEMA public OWNER TO %I', "user"), 'the login role must own schema public'
  FROM service, pg_namespace WHERE nspname = 'public' AND pg_get_userbyid(nspowner) <> "user"
  UNION ALL
  SELECT 11, format('REVOKE %s ON SCHEMA public FROM PUBLIC', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)),
         'schema public is open to PUBLIC'
  FROM pg_namespace CROSS JOIN LATERAL aclexplode(nspacl) AS a WHERE nspname = 'public' AND a.grantee = 0
  HAVING count(*) > 0
  UNION ALL
  SELECT 12, format('REASSIGN OWNED BY %I TO %I', former.rolname, "user"), 'the service has another login role now'
  FROM service JOIN pg_roles AS former ON former.rolname = ANY ("formerUsers")
  WHERE EXISTS (SELECT FROM pg_shdepend JOIN pg_database AS here ON here.oid = dbid
                WHERE here.datname = current_database() AND refobjid = former.oid AND deptype = 'o')
  UNION ALL
  SELECT 20, format('CREATE SCHEMA %I AUTHORIZATION %I', schema, current_user), 'the ledger is missing'
  FROM ledger WHERE namespace IS NULL
  UNION ALL
  SELECT 21, format('ALTER SCHEMA %I OWNER TO %I', schema, current_user), 'the admin must own the ledger'
  FROM ledger JOIN pg_namespace AS n ON n.oid = namespace WHERE pg_get_userbyid(nspowner) <> current_user
  UNION ALL
  SELECT 22, 'CREATE TABLE shared_postgresql.schema_file (name text COLLATE "C" PRIMARY KEY, checksum text NOT NULL, '
             'applied timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp())', 'the ledger is missing'
  FROM ledger WHERE ledger.table IS NULL
  UNION ALL
  SELECT 23, format('ALTER TABLE shared_postgresql.schema_file OWNER TO %I', current_user), 'the admin must own the ledger'
  FROM ledger JOIN pg_class AS c ON c.oid = ledger.table WHERE pg_get_userbyid(relowner) <> current_user
  UNION ALL
  SELECT 24, format('CREATE OR REPLACE FUNCTION shared_postgresql.apply_schema_file(name text, checksum text, content text) '
                    'RETURNS text LANGUAGE plpgsql AS %L', body), 'the function that applies schema files differs'
  FROM apply_function WHERE NOT EXISTS (SELECT FROM ledger JOIN pg_proc AS p ON p.oid = ledger.function WHERE p.prosrc = body)
  UNION ALL
  SELECT 30, format('GRANT USAGE ON SCHEMA shared_postgresql TO %I', "user"), 'the login role cannot use the ledger'
  FROM service, ledger WHERE namespace IS NULL OR NOT EXISTS (
    SELECT FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(nspacl) AS a
    WHERE n.oid = namespace AND pg_get_userbyid(a.grantee) = "user" AND a.privilege_type = 'USAGE'
      -- An owner's own privileges go to the next owner.
      AND a.grantee <> n.nspowner)
  UNION ALL
  SELECT 31, format('GRANT SELECT, INSERT ON shared_postgresql.schema_file TO %I', "user"), 'the login role cannot use the ledger'
  FROM service, ledger WHERE ledger.table IS NULL OR 2 > (
    SELECT count(*) FROM pg_class AS c CROSS JOIN LATERAL aclexplode(relacl) AS a
    WHERE c.oid = ledger.table AND pg_get_userbyid(a.grantee) = "user" AND a.privilege_type IN ('SELECT', 'INSERT')
      AND a.grantee <> c.relowner)
  UNION ALL
  -- Its script runs as the admin, so what it finds on its way must be the admin's as well.
  SELECT 39, format('CREATE SCHEMA %I', schema), 'the schema of an extension that values.yaml allows is missing'
  FROM missing_extension WHERE schema NOT IN (SELECT nspname FROM pg_namespace) GROUP BY schema
  UNION ALL
  SELECT 49 - depth, format('CREATE EXTENSION %I%s CASCADE', name, CASE WHEN schema IS NULL THEN ' SCHEMA shared_postgresql' END),
         'an extension that values.yaml allows is missing'
  FROM missing_extension
  UNION ALL
  SELECT 40, format('DO %L', format('BEGIN RAISE %L; END', format('extension %s needs %s', name, coalesce(foreign_schema,
                      made_by_service || ', which the service created; the admin builds on its own only',
                      not_allowed || ', which postgresql.allowedExtensions does not name')))),
         'an extension that values.yaml allows is missing'
  FROM extension WHERE NOT is_there AND coalesce(foreign_schema, made_by_service, not_allowed) IS NOT NULL
  UNION ALL
  SELECT 50, format('GRANT %s ON %s %s TO %I', string_agg(privilege, ', ' ORDER BY privilege), one, name, grantee),
         'a role of the service has less access than declared'
  FROM wanted_grant AS w JOIN kind USING (kind)
  WHERE NOT EXISTS (SELECT FROM live_grant AS l WHERE l.kind = w.kind AND l.name = w.name AND l.grantee = w.grantee AND l.privilege = w.privilege)
  GROUP BY one, name, grantee
  UNION ALL
  SELECT 51, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s ON %s TO %I', "user", string_agg(privilege, ', ' ORDER BY privilege), many, grantee),
         'a role of the service would have no access to what is made later'
  FROM service, wanted_default AS w JOIN kind USING (kind)
  WHERE NOT EXISTS (SELECT FROM live_default AS l WHERE l.kind = w.kind AND l.schema IS NULL AND l.grantee = w.grantee AND l.privilege = w.privilege)
  GROUP BY "user", many, grantee
  UNION ALL
  SELECT 52, format('REVOKE %s%s ON %s %s FROM %I CASCADE', CASE WHEN w.privilege IS NOT NULL THEN 'GRANT OPTION FOR ' END,
                    string_agg(l.privilege, ', ' ORDER BY l.privilege), one, l.name, l.grantee),
         'a role of the service has more access than declared'
  FROM live_grant AS l JOIN kind USING (kind)
  LEFT JOIN wanted_grant AS w ON w.kind = l.kind AND w.name = l.name AND w.grantee = l.grantee AND w.privilege = l.privilege
  WHERE w.privilege IS NULL OR l.is_grantable
  GROUP BY w.privilege IS NOT NULL, w.privilege, one, l.name, l.grantee
  UNION ALL
  SELECT 53, format('REVOKE %s (%s) ON TABLE %s FROM %I CASCADE', privilege, attribute, name, grantee),
         'a role of the service has more access than declared'
  FROM column_grant
  UNION ALL
  SELECT 54, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE %s ON %s FROM %I', "user", ' IN SCHEMA ' || quote_ident(schema),
                    string_agg(privilege, ', ' ORDER BY privilege), many, grantee),
         'a role of the service would have more access than declared to what is made later'
  FROM service, live_default AS l JOIN kind USING (kind)
  WHERE NOT EXISTS (SELECT FROM wanted_default AS w WHERE w.kind = l.kind AND w.grantee = l.grantee AND w.privilege = l.privilege)
  GROUP BY "user", schema, many, grantee
  UNION ALL
  SELECT 100, format('DROP EXTENSION %I', extname),
         'nobody declared this extension' || CASE WHEN pg_get_userbyid(extowner) <> "user" THEN format(', and %s owns it', pg_get_userbyid(extowner)) ELSE '' END
  FROM pg_extension, service
  WHERE extname <> 'plpgsql' AND extname <> ALL (extensions) AND extname <> ALL ("adminExtensions")
    AND NOT EXISTS (SELECT FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.objid
                    WHERE d.classid = 'pg_extension'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = pg_extension.oid)
  UNION ALL
  SELECT 101, format('ALTER %s OWNER TO %I', object, "user"),
         format('%s owns it in this database', owner) || CASE WHEN runs_as_owner THEN ', and it runs with that role''s rights' ELSE '' END
  FROM foreign_object AS f, service
  WHERE owner <> ALL (owners)
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = f.class AND objid = f.oid AND deptype IN ('e', 'i'))
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = f.class AND objid = f.oid AND refclassid = 'pg_namespace'::regclass
                      AND refobjid = to_regnamespace('shared_postgresql'))
  UNION ALL
  SELECT 102, CASE kind WHEN 'n' THEN format('REVOKE ALL ON SCHEMA %s FROM %I', example, grantee)
                        ELSE format('REVOKE ALL ON %s %s FROM %I', one, example, grantee) END,
         format('%s, which no role of the service is, has privileges on %s of its %s', grantee, objects, lower(many))
  FROM foreign_access JOIN kind USING (kind)
) AS row(step, statement, reason)
ORDER BY step, statement
