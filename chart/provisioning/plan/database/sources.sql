-- The diff inside one service's database, put together as the one beside it in server/.
-- It only reads the system catalogs: nothing that the service owns is ever evaluated by the admin.
-- Its input is the setting shared_postgresql.entry: the service's entry of the desired state.
-- A rule gives rows of (step, ordinal, statement, reason): INSIDE for what the admin runs, REPORTED for drift that is for a person; and
-- the turn of a statement among those of the rule.
WITH RECURSIVE service AS (
  -- The key owns nothing: what is its in a database that is adopted is the service's. Not in any other, where whoever is a member of the key could give it
  -- a function, to have it run as the service.
  SELECT *, array_remove("formerUsers" || "user" || second || CASE WHEN adopt IS NOT NULL THEN database END || ARRAY(
           SELECT unnest(ARRAY[r."user", r.login]) FROM jsonb_to_recordset(roles) AS r("user" text, login text, access text) WHERE access = 'migrator'), NULL) AS owners
  FROM jsonb_to_record(current_setting('shared_postgresql.entry')::jsonb)
    AS s(name text, database text, "user" text, second text, adopt bigint, "droppedRoles" text[], "formerUsers" text[], extensions text[], "adminExtensions" text[], "allowedExtensions" text[], placements jsonb, closed text[], roles jsonb)
), listed_role AS (
  SELECT r."user", r.access FROM service CROSS JOIN LATERAL jsonb_to_recordset(roles) AS r("user" text, access text)
), role AS (
  -- A migrator has what the service has, and nothing is granted to it.
  SELECT * FROM listed_role WHERE access <> 'migrator'
), holder AS (
  -- Whose privileges a role has: its own, those of the key, of which it is a member, and everybody's.
  SELECT "user", quote_ident("user") AS holder, to_regrole(quote_ident("user"))::oid AS oid FROM role
  UNION ALL SELECT role."user", quote_ident(database), to_regrole(quote_ident(database)) FROM role, service
  UNION ALL SELECT "user", 'PUBLIC', 0 FROM role
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
  SELECT o.kind, o.name, h."user" AS grantee, h.holder, a.privilege_type AS privilege, bool_or(a.is_grantable) AS is_grantable
  FROM own_object AS o CROSS JOIN LATERAL aclexplode(o.acl) AS a JOIN holder AS h ON h.oid = a.grantee
  GROUP BY 1, 2, 3, 4, 5
), wanted_default AS (
  SELECT p.kind, r."user" AS grantee, unnest(p.privileges) AS privilege FROM role AS r JOIN access_privilege AS p USING (access)
), live_default AS (
  SELECT d.defaclobjtype::text AS kind, nspname AS schema, h."user" AS grantee, h.holder, a.privilege_type AS privilege
  FROM pg_default_acl AS d
  JOIN service ON pg_get_userbyid(d.defaclrole) = service."user"
  LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
  CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a
  JOIN holder AS h ON h.oid = a.grantee
), column_grant AS (
  SELECT DISTINCT c.oid::regclass::text AS name, quote_ident(attname) AS attribute, h.holder, a.privilege_type AS privilege
  FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
  CROSS JOIN LATERAL aclexplode(attacl) AS a
  JOIN holder AS h ON h.oid = a.grantee JOIN role AS r USING ("user")
  JOIN access_privilege AS p ON p.access = r.access AND p.kind = 'r' AND a.privilege_type <> ALL (p.privileges)
), placement AS (
  SELECT e.name, e.wanted ->> 'schema' AS schema, e.wanted ->> 'version' AS version
  FROM service CROSS JOIN LATERAL jsonb_each(placements) AS e(name, wanted)
), guarded_schema AS (
  -- Where nobody but the admin makes anything: a script that runs as the admin may find what somebody else planted before it finds what it means.
  SELECT nspname AS name FROM pg_namespace AS n
  WHERE nspname <> 'public' AND nspowner IN (SELECT oid FROM pg_roles WHERE rolsuper OR rolname = current_user)
    AND NOT EXISTS (SELECT FROM aclexplode(nspacl) AS a WHERE a.privilege_type = 'CREATE' AND a.grantee <> nspowner)
    -- A database that was taken over may have functions of the service in a schema of somebody else, and the service gives them another body.
    AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = n.oid AND proowner NOT IN (SELECT oid FROM pg_roles WHERE rolsuper OR rolname = current_user))
), available AS (
  SELECT a.name, v.schema, v.relocatable, v.requires, v.trusted
  FROM pg_available_extensions AS a LEFT JOIN placement AS p ON p.name = a.name
  JOIN pg_available_extension_versions AS v ON v.name = a.name AND v.version = coalesce(p.version, a.default_version)
), requirement AS (
  SELECT wanted.name COLLATE "C" AS extension, wanted.name COLLATE "C" AS name, 0 AS depth
  FROM (SELECT unnest("adminExtensions") AS name FROM service) AS wanted
  UNION
  SELECT r.extension, needed.name::text COLLATE "C", r.depth + 1
  FROM requirement AS r JOIN available AS a ON a.name = r.name CROSS JOIN LATERAL unnest(a.requires) AS needed(name)
), installed AS (
  SELECT e.oid, extname AS name, extversion AS version, nspname AS schema, extrelocatable AS relocatable, pg_get_userbyid(extowner) AS owner,
         -- Also what it gave to its key, as it may add to it what it likes.
         extowner NOT IN (SELECT oid FROM pg_roles WHERE rolsuper OR rolname = current_user) AS is_services, nspname IN (SELECT name FROM guarded_schema) AS is_guarded
  FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = extnamespace
), extension AS (
  SELECT r.extension AS name, bool_or(r.name = r.extension AND e.oid IS NOT NULL) AS is_there,
         string_agg(format('the schema %s, which belongs to %s', a.schema, pg_get_userbyid(n.nspowner)), ' and ')
           FILTER (WHERE e.oid IS NULL AND pg_get_userbyid(n.nspowner) <> current_user) AS foreign_schema,
         string_agg(r.name, ', ') FILTER (WHERE e.owner <> current_user) AS made_by_service,
         string_agg(r.name, ', ') FILTER (WHERE e.oid IS NULL AND a.trusted IS FALSE AND r.name <> ALL ("allowedExtensions")) AS not_allowed,
         string_agg(format('%s, which lies in the schema %s, where the service makes what it likes', r.name, e.schema), ' and ')
           FILTER (WHERE r.depth > 0 AND NOT e.is_guarded) AS exposed,
         string_agg(format('the schema %s, which its author chose; take schema out', a.schema), '')
           FILTER (WHERE r.depth = 0 AND p.schema <> a.schema) AS chosen_schema,
         string_agg(format('a schema of its own, which is not there yet: it cannot be moved, and none of it runs as the admin in %s, where the service makes what it likes', p.schema), '')
           FILTER (WHERE r.depth = 0 AND NOT a.relocatable AND a.schema IS NULL AND wanted.oid IS NOT NULL AND p.schema NOT IN (SELECT g.name FROM guarded_schema AS g)) AS open_schema
  FROM service CROSS JOIN requirement AS r
  LEFT JOIN installed AS e ON e.name = r.name
  LEFT JOIN available AS a ON a.name = r.name
  LEFT JOIN pg_namespace AS n ON n.nspname = a.schema
  LEFT JOIN placement AS p ON p.name = r.name
  LEFT JOIN pg_namespace AS wanted ON wanted.nspname = p.schema
  GROUP BY r.extension
), refused_extension AS (
  SELECT name, coalesce(foreign_schema, made_by_service || ', which the service created; the admin builds on its own only',
                        not_allowed || ', which postgresql.allowedExtensions does not name', exposed, chosen_schema, open_schema) AS need
  FROM extension WHERE NOT is_there
), missing_extension AS (
  -- With all that it needs, and each by name: a statement that finds the service was quicker fails.
  SELECT r.name, a.schema, p.schema AS target, p.version, a.relocatable, max(r.depth) AS depth
  FROM refused_extension AS x JOIN requirement AS r ON r.extension = x.name LEFT JOIN available AS a ON a.name = r.name
  LEFT JOIN placement AS p ON p.name = r.name
  WHERE x.need IS NULL AND r.name NOT IN (SELECT extname FROM pg_extension)
  GROUP BY r.name, a.schema, p.schema, p.version, a.relocatable
), misplaced_extension AS (
  SELECT e.name, e.schema, p.schema AS target,
         CASE WHEN NOT e.relocatable THEN 'it cannot be moved' WHEN e.is_services AND p.schema IN (SELECT name FROM guarded_schema) THEN 'that one is the admin''s' END AS obstacle
  FROM placement AS p JOIN installed AS e ON e.name = p.name WHERE e.schema <> p.schema
), missing_schema AS (
  -- The service's own, unless a script is to run there as the admin.
  SELECT schema, bool_or(is_admins) AS is_admins
  FROM (SELECT coalesce(schema, target) AS schema, schema IS NOT NULL OR NOT relocatable AS is_admins FROM missing_extension
        UNION ALL SELECT target, false FROM misplaced_extension WHERE obstacle IS NULL
        UNION ALL SELECT p.schema, false FROM service CROSS JOIN placement AS p WHERE p.name = ANY (extensions) AND p.name NOT IN (SELECT extname FROM pg_extension)) AS wanted
  WHERE schema <> 'shared_postgresql' AND schema NOT IN (SELECT nspname FROM pg_namespace) GROUP BY schema
), birthplace AS (
  -- No script runs as the admin where a service makes anything: an extension that is meant for such a schema is moved there afterwards.
  SELECT name, CASE WHEN target IN (SELECT g.name FROM guarded_schema AS g UNION ALL SELECT m.schema FROM missing_schema AS m WHERE is_admins) THEN target ELSE 'shared_postgresql' END AS schema
  FROM missing_extension WHERE schema IS NULL
), other_version AS (
  SELECT e.name, e.version, e.owner, e.is_services, p.version AS pinned, a.default_version, coalesce(p.schema, e.schema) AS schema, e.relocatable,
         coalesce(p.schema, e.schema) IN (SELECT name FROM guarded_schema) AS is_guarded,
         (SELECT string_agg(needed.name, ', ') FROM pg_depend AS d JOIN installed AS needed ON needed.oid = d.refobjid
          WHERE d.classid = 'pg_extension'::regclass AND d.objid = e.oid AND d.refclassid = 'pg_extension'::regclass AND NOT needed.is_guarded) AS exposed
  FROM service CROSS JOIN installed AS e JOIN pg_available_extensions AS a ON a.name = e.name LEFT JOIN placement AS p ON p.name = e.name
  WHERE e.name = ANY (extensions || "adminExtensions") AND e.version <> coalesce(p.version, default_version)
), update AS (
  SELECT name, version, owner, is_services, pinned, default_version, exposed,
         CASE WHEN is_services OR is_guarded AND exposed IS NULL THEN format('ALTER EXTENSION %I UPDATE%s', name, ' TO ' || quote_literal(pinned))
              WHEN relocatable AND exposed IS NULL THEN format('DO %L', format('BEGIN ALTER EXTENSION %1$I SET SCHEMA shared_postgresql; ALTER EXTENSION %1$I UPDATE%2$s; ALTER EXTENSION %1$I SET SCHEMA %3$I; END',
                name, ' TO ' || quote_literal(pinned), schema)) END AS statement
  FROM other_version
), hindrance(sentence) AS (
  SELECT format('extension %s needs %s', name, need) FROM refused_extension WHERE need IS NOT NULL
  UNION ALL
  SELECT format('extension %s has no version %s on this server; it has %s', p.name, p.version,
                (SELECT string_agg(v.version, ', ' ORDER BY v.version) FROM pg_available_extension_versions AS v WHERE v.name = p.name))
  FROM placement AS p WHERE EXISTS (SELECT FROM pg_available_extensions AS a WHERE a.name = p.name)
    AND p.version NOT IN (SELECT v.version FROM pg_available_extension_versions AS v WHERE v.name = p.name)
  UNION ALL
  SELECT format('extension %s lies in the schema %s, not in %s, and %s; write the schema that it has, or drop it and have it made anew', name, schema, target, obstacle)
  FROM misplaced_extension WHERE obstacle IS NOT NULL
  UNION ALL
  SELECT format('extension %s is of version %s, and nothing leads from that to %s; write another version', name, version, pinned)
  FROM update WHERE pinned IS NOT NULL AND EXISTS (SELECT FROM pg_extension_update_paths(name) WHERE source = version AND target = pinned AND path IS NULL)
  UNION ALL
  SELECT format('extension %s stays of version %s: its script would run as the admin where the service makes what it likes; take version out', name, version)
  FROM update WHERE pinned IS NOT NULL AND statement IS NULL
  UNION ALL
  -- Its owner may have added to it what the script would run.
  SELECT format('extension %s stays of version %s: it belongs to %s, for whom nothing is run; have a member of that role run %s, or take version out', u.name, version, owner, statement)
  FROM update AS u, service WHERE pinned IS NOT NULL AND is_services AND owner <> "user" AND owner IS DISTINCT FROM second
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
), in_the_way(what) AS (
  SELECT format('schema shared_postgresql of %s', pg_get_userbyid(nspowner)) FROM pg_namespace
  WHERE nspname = 'shared_postgresql' AND nspowner <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
  UNION ALL
  SELECT format('extension %s of %s in schema %s', extname, pg_get_userbyid(extowner), nspname)
  FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace
  WHERE nspname IN ('shared_postgresql', 'pg_catalog', 'information_schema', 'pg_toast')
    AND extowner <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
    -- Where the admin is no superuser, PL/pgSQL came with the server and is that one's.
    AND NOT (nspname = 'pg_catalog' AND extowner IN (SELECT oid FROM pg_roles WHERE rolsuper))
  UNION ALL
  SELECT format('%s of %s', pg_describe_object(o.class, o.oid, 0), pg_get_userbyid(o.owner))
  FROM (SELECT 'pg_class'::regclass AS class, oid, relnamespace AS namespace, relowner AS owner FROM pg_class
        UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace, proowner FROM pg_proc
        UNION ALL SELECT 'pg_type'::regclass, oid, typnamespace, typowner FROM pg_type WHERE typtype <> 'c' AND typelem = 0
        UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace, oprowner FROM pg_operator) AS o
  WHERE o.namespace = to_regnamespace('shared_postgresql') AND o.owner <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
  UNION ALL
  SELECT 'another kind of relation shared_postgresql.schema_file' FROM pg_class AS c
  WHERE c.oid = to_regclass('shared_postgresql.schema_file') AND (
    relkind <> 'r' OR relpersistence <> 'p' OR relrowsecurity OR relforcerowsecurity OR relispartition
    OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = c.oid) OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid)
    OR EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid) OR EXISTS (SELECT FROM pg_inherits WHERE c.oid IN (inhrelid, inhparent)) OR 1 <> (SELECT count(*) FROM pg_index WHERE indrelid = c.oid)
    OR EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype NOT IN ('p', 'n'))
    OR (SELECT array_agg(concat_ws(' ', attname, atttypid::regtype, pg_get_expr(adbin, adrelid)) ORDER BY attnum)
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)
       <> ARRAY['name text', 'checksum text', 'applied timestamp with time zone clock_timestamp()'])
), ledger_privilege AS (
  SELECT acl.object, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee, a.privilege_type AS privilege
  FROM (SELECT 'SCHEMA shared_postgresql' AS object, nspacl AS acl, nspowner AS owner FROM pg_namespace WHERE nspname = 'shared_postgresql'
        UNION ALL SELECT 'TABLE shared_postgresql.schema_file', relacl, relowner FROM pg_class
        WHERE oid = to_regclass('shared_postgresql.schema_file')) AS acl
  CROSS JOIN LATERAL aclexplode(acl.acl) AS a
  WHERE a.grantee <> acl.owner AND NOT EXISTS (
    SELECT FROM service
    WHERE pg_get_userbyid(a.grantee) = "user" AND NOT a.is_grantable
      AND (acl.object LIKE 'SCHEMA %' AND a.privilege_type = 'USAGE' OR acl.object LIKE 'TABLE %' AND a.privilege_type IN ('SELECT', 'INSERT'))
    UNION ALL
    SELECT FROM service, role
    WHERE pg_get_userbyid(a.grantee) = role."user" AND NOT a.is_grantable AND cardinality("adminExtensions") > 0
      AND acl.object LIKE 'SCHEMA %' AND a.privilege_type = 'USAGE')
), ledger AS (
  SELECT 'shared_postgresql'::text AS schema, to_regnamespace('shared_postgresql') AS namespace,
         to_regclass('shared_postgresql.schema_file') AS table,
         to_regprocedure('shared_postgresql.apply_schema_file(text,text,text,text)') AS function
), apply_function AS (
  -- Statement by statement, each with the lines on which it stands (and with those that begin on its last one), so that it can be said where an
  -- error is: lines are the same in every encoding. An error goes on unchanged, as the server says there where in the statement it is.
  SELECT $body$
    DECLARE
      texts text[] := pg_catalog.string_to_array(content, E'\n');
      starts text[] := pg_catalog.string_to_array(lines, ' ');
      applied text;
      line integer;
    BEGIN
      PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('shared_postgresql.schema_file'));
      SELECT f.checksum INTO applied FROM shared_postgresql.schema_file AS f
      WHERE f.name OPERATOR(pg_catalog.=) apply_schema_file.name;
      IF applied OPERATOR(pg_catalog.=) apply_schema_file.checksum THEN
        RETURN 'unchanged';
      ELSIF applied IS NOT NULL THEN
        RAISE EXCEPTION 'schema file % was edited after it was applied; restore its text and put the change into a new schema file', name;
      END IF;
      FOR number IN 1 .. pg_catalog.cardinality(starts) LOOP
        line := starts[number]::pg_catalog.int4;
        -- The last statement is ours because PL/pgSQL refuses a text that ends in SELECT INTO.
        EXECUTE pg_catalog.concat(pg_catalog.array_to_string(
          texts[line:coalesce(starts[number OPERATOR(pg_catalog.+) 1]::pg_catalog.int4 OPERATOR(pg_catalog.-) 1, pg_catalog.cardinality(texts))],
          E'\n'), E'\n;SELECT 1');
      END LOOP;
      line := NULL;
      INSERT INTO shared_postgresql.schema_file (name, checksum)
      VALUES (apply_schema_file.name, apply_schema_file.checksum);
      RETURN 'applied';
    EXCEPTION WHEN query_canceled OR OTHERS THEN
      IF line IS NOT NULL THEN
        RAISE INFO USING MESSAGE = pg_catalog.concat('at ', pg_catalog.split_part(name, ' ', 1), ':', line, ':', 1 OPERATOR(pg_catalog.+)
          pg_catalog.length(texts[line]) OPERATOR(pg_catalog.-) pg_catalog.length(pg_catalog.ltrim(texts[line], E' \t')));
      END IF;
      -- As it is, since nothing else tells where in the statement it is.
      RAISE;
    END
  $body$::text AS body
)
