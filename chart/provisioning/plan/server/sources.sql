-- The diff of everything that lives in the shared catalogs (roles, memberships, databases, their privileges, settings), for
-- all services at once. These are its sources; each rule beside them (<nn>-<rule>.sql) is one kind of difference. The rules are put
-- together in the order of their numbers (shared-postgresql.plan in Helm, readPlanQuery in TypeScript), and rows.sql ends the query.
-- It only reads. Its inputs are settings of the session:
--   shared_postgresql.desired       the desired state: {"defaults": {...}, "services": [{...}], "dropped": [{...}]}
--   shared_postgresql.checksums     the output of sha256sum over <service>/<schema file>
--   shared_postgresql.fingerprints  the output of sha256sum over credentials (<service> or <service>.<role>), a keyed copy of each password
--   shared_postgresql.rules         the text of the plan inside a database: when it changes, every database is compared
--   shared_postgresql.passwords     given | unknown: whoever has no passwords cannot tell whether one changed
--   shared_postgresql.compare       changed | all: all compares databases whose digest is unchanged as well
-- A rule gives rows of (step, ordinal, service, statement, reason): the step by its name, as run.sql has them; the place of the
-- service in the list, or 0 for what concerns all; the service, or null; what is still needed; and why.
WITH document AS MATERIALIZED (
  SELECT current_setting('shared_postgresql.desired')::jsonb AS body
), checksum AS (
  SELECT split_part(line[2], '/', 1) AS service, jsonb_object_agg(split_part(line[2], '/', 2), line[1]) AS files
  FROM regexp_matches(current_setting('shared_postgresql.checksums'), '^([0-9a-f]{64})  (.+)$', 'gn') AS line
  GROUP BY 1
), fingerprint AS (
  SELECT line[2] AS credential, line[1] AS value
  FROM regexp_matches(current_setting('shared_postgresql.fingerprints'), '^([0-9a-f]{64})  (.+)$', 'gn') AS line
), service AS MATERIALIZED (
  SELECT e.ordinal, s.*, complete.entry,
         encode(sha256(convert_to(complete.entry::text || current_setting('shared_postgresql.rules'), 'UTF8')), 'hex') AS digest
  FROM document
  CROSS JOIN LATERAL jsonb_array_elements(body -> 'services') WITH ORDINALITY AS e(entry, ordinal)
  LEFT JOIN checksum ON checksum.service = e.entry ->> 'name'
  CROSS JOIN LATERAL (
    SELECT (body -> 'defaults') || e.entry || jsonb_build_object('checksums', coalesce(checksum.files, '{}'),
      'formerUsers', ARRAY(SELECT former."user" FROM shared_postgresql.login AS former
                           WHERE former.database = e.entry ->> 'database' AND former."user" <> e.entry ->> 'user'
                             AND former.access = 'owner' ORDER BY 1))
  ) AS complete(entry)
  CROSS JOIN LATERAL jsonb_to_record(complete.entry)
    AS s(name text, database text, "user" text, "connectionLimit" integer, settings jsonb, roles jsonb, encoding text, locale jsonb)
), login AS MATERIALIZED (
  SELECT ordinal, name AS service, name AS credential, database, "user", 'owner' AS access, "connectionLimit", settings FROM service
  UNION ALL
  SELECT ordinal, s.name, s.name || '.' || r.name, database, r."user", r.access, r."connectionLimit", settings
  FROM service AS s
  CROSS JOIN LATERAL jsonb_to_recordset(s.roles) AS r(name text, "user" text, access text, "connectionLimit" integer)
), declared_role AS (
  SELECT ordinal, name AS service, database AS role, NULL::integer AS connection_limit FROM service
  UNION ALL
  SELECT ordinal, service, "user", "connectionLimit" FROM login
), role_difference AS (
  SELECT d.ordinal, d.service, d.role, d.connection_limit IS NULL AS is_key, r.oid IS NULL AS missing, concat_ws(' ',
           CASE WHEN r.rolsuper THEN 'NOSUPERUSER' END,
           CASE WHEN r.rolcreatedb THEN 'NOCREATEDB' END,
           CASE WHEN r.rolcreaterole THEN 'NOCREATEROLE' END,
           CASE WHEN r.rolreplication THEN 'NOREPLICATION' END,
           CASE WHEN r.rolbypassrls THEN 'NOBYPASSRLS' END,
           CASE WHEN NOT r.rolinherit THEN 'INHERIT' END,
           CASE WHEN d.connection_limit IS NULL AND r.rolcanlogin THEN 'NOLOGIN' END,
           CASE WHEN d.connection_limit IS NOT NULL AND NOT coalesce(r.rolcanlogin, false) THEN 'LOGIN' END,
           CASE WHEN coalesce(r.rolconnlimit, -1) <> d.connection_limit THEN 'CONNECTION LIMIT ' || d.connection_limit END,
           CASE WHEN r.rolvaliduntil < 'infinity' THEN 'VALID UNTIL ''infinity''' END) AS attributes
  FROM declared_role AS d
  LEFT JOIN pg_roles AS r ON r.rolname = d.role
), membership AS (
  SELECT granted.rolname AS role, member.rolname AS member, grantor.rolname AS grantor, m.admin_option
  FROM pg_auth_members AS m
  JOIN pg_roles AS granted ON granted.oid = m.roleid
  JOIN pg_roles AS member ON member.oid = m.member
  JOIN pg_roles AS grantor ON grantor.oid = m.grantor
), foreign_membership AS (
  SELECT DISTINCT ON (m.role, m.member, m.grantor) d.ordinal, d.service, m.*, own."user" IS NOT NULL AS is_own
  FROM membership AS m
  JOIN declared_role AS d ON d.role IN (m.role, m.member)
  LEFT JOIN login AS own ON own.database = m.role AND own."user" = m.member
  WHERE own."user" IS NULL OR m.admin_option
  ORDER BY m.role, m.member, m.grantor, d.ordinal
), wanted_privilege AS (
  SELECT ordinal, name AS service, database, database AS grantee, 'CONNECT' AS privilege FROM service
  UNION ALL
  SELECT ordinal, service, database, "user", 'CREATE' FROM login WHERE access = 'owner'
  UNION ALL
  SELECT ordinal, service, database, "user", 'TEMPORARY' FROM login WHERE access <> 'readonly'
), live_privilege AS (
  SELECT d.datname AS database, coalesce(r.rolname, '') AS grantee, a.privilege_type AS privilege, a.is_grantable
  FROM pg_database AS d
  CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
  LEFT JOIN pg_roles AS r ON r.oid = a.grantee
  WHERE a.grantee <> d.datdba
  UNION ALL
  -- What PostgreSQL grants to PUBLIC on a database that does not exist yet.
  SELECT database, '', unnest(ARRAY['CONNECT', 'TEMPORARY']), false
  FROM service WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = service.database)
), excess_privilege AS (
  SELECT coalesce(s.ordinal, 0) AS ordinal, s.name AS service, live.database, live.grantee,
         wanted.privilege IS NOT NULL AS option_only, string_agg(live.privilege, ', ' ORDER BY live.privilege) AS privileges
  FROM live_privilege AS live
  LEFT JOIN service AS s ON s.database = live.database
  LEFT JOIN wanted_privilege AS wanted
    ON wanted.database = live.database AND wanted.grantee = live.grantee AND wanted.privilege = live.privilege
  WHERE (wanted.privilege IS NULL OR live.is_grantable)
    AND (live.grantee = '' OR s.name IS NOT NULL OR live.grantee IN (SELECT role FROM declared_role))
  GROUP BY 1, 2, 3, 4, 5
), missing_privilege AS (
  SELECT ordinal, service, database, grantee, string_agg(privilege, ', ' ORDER BY privilege) AS privileges
  FROM wanted_privilege AS wanted
  WHERE NOT EXISTS (SELECT FROM live_privilege AS live WHERE live.database = wanted.database
                      AND live.grantee = wanted.grantee AND live.privilege = wanted.privilege)
  GROUP BY 1, 2, 3, 4
), declared_setting AS MATERIALIZED (
  -- A list is a list of names, each quoted by itself; null is a setting that must not be there.
  SELECT l.ordinal, l.service, l.database, l."user" AS role, w.key AS setting,
         CASE jsonb_typeof(w.value)
           WHEN 'array' THEN (SELECT string_agg(quote_ident(name), ', ' ORDER BY position)
                              FROM jsonb_array_elements_text(w.value) WITH ORDINALITY AS names(name, position))
           ELSE w.value #>> '{}'
         END AS value,
         jsonb_typeof(w.value) = 'array' AS is_list
  FROM login AS l CROSS JOIN LATERAL jsonb_each(l.settings) AS w
), live_setting AS MATERIALIZED (
  SELECT coalesce(r.rolname, '') AS role, coalesce(d.datname, '') AS database,
         split_part(c, '=', 1) AS setting, substr(c, strpos(c, '=') + 1) AS value
  FROM pg_db_role_setting AS s
  LEFT JOIN pg_roles AS r ON r.oid = s.setrole
  LEFT JOIN pg_database AS d ON d.oid = s.setdatabase
  CROSS JOIN LATERAL unnest(s.setconfig) AS c
), known_role AS (
  SELECT role FROM declared_role
  UNION SELECT "user" FROM shared_postgresql.login
  UNION SELECT database FROM shared_postgresql.login
), dropped AS (
  SELECT d.name, d.database, d.oid AS confirmed_oid, live.oid AS live_oid, ARRAY(
           SELECT "user" FROM shared_postgresql.login AS made WHERE made.database = d.database AND "user" NOT IN (SELECT "user" FROM login)
           UNION SELECT d.database ORDER BY 1) AS roles
  FROM document
  CROSS JOIN LATERAL jsonb_to_recordset(body -> 'dropped') AS d(name text, database name, oid oid)
  LEFT JOIN pg_database AS live ON live.datname = d.database
  WHERE d.database IN (SELECT database FROM shared_postgresql.login) AND d.database NOT IN (SELECT database FROM service)
), compared_service AS (
  SELECT s.*, remembered.digest IS DISTINCT FROM s.digest
           OR remembered.database_oid IS DISTINCT FROM (SELECT oid FROM pg_database WHERE datname = s.database)
           OR current_setting('shared_postgresql.compare') = 'all' AS compare
  FROM service AS s
  LEFT JOIN shared_postgresql.login AS remembered USING (database, "user")
), password AS (
  SELECT l.ordinal,
         coalesce(string_agg(l.credential, ' ' ORDER BY l.credential) FILTER (
           WHERE f.value IS NULL AND current_setting('shared_postgresql.passwords') = 'given'), '') AS missing,
         coalesce(jsonb_object_agg(l."user", f.value) FILTER (WHERE f.value IS NOT NULL), '{}') AS fingerprints,
         coalesce(string_agg(l.credential || ' ' || l."user", ' ' ORDER BY l.credential) FILTER (
           WHERE f.value IS NOT NULL AND (remembered.fingerprint IS DISTINCT FROM f.value OR remembered.verifier IS DISTINCT FROM
             encode(sha256(convert_to((SELECT rolpassword FROM pg_authid WHERE rolname = l."user"), 'UTF8')), 'hex'))), '') AS to_set
  FROM login AS l
  LEFT JOIN fingerprint AS f USING (credential)
  LEFT JOIN shared_postgresql.login AS remembered USING (database, "user")
  GROUP BY l.ordinal
), worker AS (
  SELECT ordinal, name AS service,
         format('SELECT %L, %L, %L, %L, %L, %L', name, database, "user", coalesce(nullif(to_set, ''), '-'),
                coalesce(nullif(missing, ''), '-'), entry) AS statement,
         concat_ws(', ', CASE WHEN compare THEN 'compare the inside of the database' END,
                         CASE WHEN to_set <> '' THEN 'set the password' END,
                         CASE WHEN missing <> '' THEN 'there is no password' END) AS reason,
         jsonb_build_object('database', database, 'digest', digest, 'fingerprints', fingerprints, 'entry', entry) AS remember
  FROM compared_service JOIN password USING (ordinal)
)
