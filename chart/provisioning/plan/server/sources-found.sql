role_difference AS (
  SELECT d.ordinal, d.service, d.role, d.connection_limit IS NULL AS is_key, r.oid IS NULL AS missing, concat_ws(' ',
           CASE WHEN r.rolsuper THEN 'NOSUPERUSER' END,
           CASE WHEN r.rolcreatedb THEN 'NOCREATEDB' END,
           CASE WHEN r.rolcreaterole THEN 'NOCREATEROLE' END,
           CASE WHEN r.rolreplication AND NOT d.replicates THEN 'NOREPLICATION' WHEN d.replicates AND NOT coalesce(r.rolreplication, false) THEN 'REPLICATION' END,
           CASE WHEN r.rolbypassrls THEN 'NOBYPASSRLS' END,
           CASE WHEN NOT r.rolinherit THEN 'INHERIT' END,
           CASE WHEN d.connection_limit IS NULL AND r.rolcanlogin THEN 'NOLOGIN' END,
           CASE WHEN d.is_in_use AND NOT coalesce(r.rolcanlogin, false) THEN 'LOGIN' END,
           CASE WHEN coalesce(r.rolconnlimit, -1) <> d.connection_limit AND d.role NOT IN (SELECT "user" FROM restoring)
                THEN 'CONNECTION LIMIT ' || d.connection_limit END,
           CASE WHEN r.rolvaliduntil < 'infinity' THEN 'VALID UNTIL ''infinity''' END) AS attributes
  FROM declared_role AS d
  LEFT JOIN pg_roles AS r ON r.rolname = d.role
), membership AS (
  SELECT granted.rolname AS role, member.rolname AS member, grantor.rolname AS grantor, m.admin_option
  FROM pg_auth_members AS m
  JOIN pg_roles AS granted ON granted.oid = m.roleid
  JOIN pg_roles AS member ON member.oid = m.member
  JOIN pg_roles AS grantor ON grantor.oid = m.grantor
), former_login AS (
  SELECT l.ordinal, l.service, l.in_use, former."user" AS login, rolcanlogin, former."user" = in_use AS has_returned, former."user" <> in_use AND until < now() AS is_over,
         EXISTS (SELECT FROM pg_stat_activity WHERE usesysid = r.oid) AS has_sessions
  FROM second AS l JOIN shared_postgresql.former_login AS former ON former."user" IN (l."user", l.second) JOIN pg_roles AS r ON r.rolname = former."user"
), changed_login AS (
  -- A login may give itself another password, and a second one the first: in a session that outlasts its own password. Where the Secret changed as well,
  -- somebody else may see to both.
  SELECT l.ordinal, l.service, l.in_use AS login
  FROM login AS l JOIN fingerprint AS f USING (credential) JOIN pg_authid ON rolname = l.in_use
  JOIN record AS made ON made.database = l.database AND made."user" = l.in_use
  WHERE rolpassword IS NOT NULL AND made.verifier IS DISTINCT FROM encode(sha256(convert_to(rolpassword, 'UTF8')), 'hex')
    AND (f.value = made.fingerprint OR NOT rolcanlogin)
    AND l.in_use NOT IN (SELECT former.login FROM former_login AS former WHERE has_returned AND rolcanlogin)
), foreign_membership AS (
  SELECT DISTINCT ON (m.role, m.member, m.grantor) d.ordinal, d.service, m.*, own."user" IS NOT NULL AS is_own
  FROM membership AS m
  JOIN declared_role AS d ON d.role IN (m.role, m.member)
  LEFT JOIN (SELECT coalesce(becomes, database), "user" FROM login UNION ALL SELECT "user", second FROM second
             UNION ALL SELECT role, "user" FROM certified UNION ALL SELECT unnest("memberOf"), "user" FROM platform_login) AS own(role, "user") ON own.role = m.role AND own."user" = m.member
  WHERE (own."user" IS NULL OR m.admin_option) AND m.role NOT IN (SELECT database FROM restoring) AND m.member NOT IN (SELECT database FROM restoring)
    AND m.member NOT IN (SELECT "user" FROM record WHERE access = 'mover')
    -- By which an admin who is no superuser does what needs the owner's rights.
    AND NOT (m.member = current_user AND NOT (SELECT is_superuser FROM admin))
  ORDER BY m.role, m.member, m.grantor, d.ordinal
), operator_role AS (
  -- Those by which an operator keeps the servers: locked or shut out, no standby would follow.
  SELECT rolname::text AS role FROM document CROSS JOIN LATERAL jsonb_array_elements_text(body -> 'operatorRoles') AS name JOIN pg_roles ON rolname = name
), wanted_privilege AS (
  SELECT 0 AS ordinal, NULL::text AS service, 'postgres' AS database, role AS grantee, 'CONNECT' AS privilege FROM operator_role
  UNION ALL
  SELECT ordinal, name, database, database, 'CONNECT' FROM service
  UNION ALL
  SELECT ordinal, service, database, "user", 'CREATE' FROM login WHERE access = 'owner'
  UNION ALL
  SELECT ordinal, service, database, "user", 'TEMPORARY' FROM login WHERE access IN ('owner', 'readwrite')
  UNION ALL
  SELECT 0, NULL, current_database(), "user", 'CONNECT' FROM platform_login WHERE replicates IS NULL
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
  WHERE (wanted.privilege IS NULL OR live.is_grantable) AND live.database NOT IN (SELECT database FROM restoring)
    AND live.database NOT IN (SELECT name FROM beyond)
    AND (live.grantee = '' AND live.database IN ('postgres', 'template0', 'template1', current_database()) OR s.name IS NOT NULL OR live.grantee IN (SELECT role FROM declared_role))
  GROUP BY 1, 2, 3, 4, 5
), missing_privilege AS (
  SELECT ordinal, service, database, grantee, string_agg(privilege, ', ' ORDER BY privilege) AS privileges
  FROM wanted_privilege AS wanted
  WHERE NOT EXISTS (SELECT FROM live_privilege AS live WHERE live.database = wanted.database
                      AND live.grantee = wanted.grantee AND live.privilege = wanted.privilege)
  GROUP BY 1, 2, 3, 4
), declared_setting AS MATERIALIZED (
  -- A list is a list of names, each quoted by itself; null is a setting that must not be there.
  SELECT *, encode(textsend(value), 'escape') AS live_value FROM (
  SELECT l.ordinal, l.service, l.database, l."user" AS role, w.key AS setting,
         CASE jsonb_typeof(w.value)
           WHEN 'array' THEN (SELECT string_agg(quote_ident(name), ', ' ORDER BY position)
                              FROM jsonb_array_elements_text(w.value) WITH ORDINALITY AS names(name, position))
           ELSE w.value #>> '{}'
         END AS value,
         jsonb_typeof(w.value) = 'array' AS is_list
  -- Its own login reads the large objects of the roles beside it, which may make some: it dumps all that is there.
  FROM (SELECT ordinal, service, database, "user", settings || CASE access WHEN 'owner' THEN '{"lo_compat_privileges": "on"}' ELSE jsonb_build_object('role', becomes) END AS settings FROM login
        UNION ALL SELECT ordinal, service, database, second, settings || CASE access WHEN 'owner' THEN '{"lo_compat_privileges": "on"}' ELSE '{}'::jsonb END || jsonb_build_object('role', coalesce(becomes, "user")) FROM second
        UNION ALL SELECT 0, NULL, current_database(), "user", settings FROM platform_login) AS l
  CROSS JOIN LATERAL jsonb_each(l.settings) AS w
  WHERE w.key NOT IN ('temp_file_limit', 'lo_compat_privileges') OR has_parameter_privilege(w.key, 'SET')) AS declared
), oversized_role AS MATERIALIZED (
  -- A service may set what it likes for its own logins, in every database; nobody reads gigabytes of it.
  SELECT setrole FROM pg_db_role_setting WHERE setrole <> 0 GROUP BY setrole HAVING sum(pg_column_size(setconfig)) > 65536
), live_setting AS MATERIALIZED (
  -- Through the options of a connection come bytes that no encoding has: they are compared, and shown, as bytes.
  SELECT coalesce(r.rolname, '') AS role, coalesce(d.datname, '') AS database,
         encode(substr(bytes, 1, position('\x3d' IN bytes) - 1), 'escape') AS setting,
         encode(substr(bytes, position('\x3d' IN bytes) + 1), 'escape') AS value
  FROM pg_db_role_setting AS s
  LEFT JOIN pg_roles AS r ON r.oid = s.setrole
  LEFT JOIN pg_database AS d ON d.oid = s.setdatabase
  CROSS JOIN LATERAL unnest(s.setconfig) AS c
  CROSS JOIN LATERAL textsend(c) AS bytes
  WHERE s.setrole NOT IN (SELECT setrole FROM oversized_role) AND coalesce(d.datname, '') NOT IN (SELECT database FROM restoring)
), own_setting AS (
  SELECT role, jsonb_object_agg(to_json(ARRAY[database, setting])::text, value) AS settings FROM live_setting AS l
  WHERE setting <> 'role' AND role IN (SELECT "user" FROM second UNION ALL SELECT second FROM second)
    AND NOT EXISTS (SELECT FROM declared_setting AS w WHERE w.role = l.role AND w.setting = l.setting)
  GROUP BY role
), known_role AS (
  SELECT role FROM declared_role
  UNION SELECT name FROM foreign_name
  UNION SELECT "user" FROM listed_platform_login
  UNION VALUES ('shared_postgresql_certificate'), ('shared_postgresql_moving'), ('shared_postgresql_platform'), ('shared_postgresql_restoring')
  UNION SELECT "user" FROM shared_postgresql.login
  UNION SELECT database FROM shared_postgresql.login
), undeclared_database AS MATERIALIZED (
  -- Open, where whoever pg_hba.conf lets in gets in; reachable, where that is a service as well.
  SELECT datname AS name, privileges, 'CONNECT' = ANY (privileges) AND datallowconn AS is_open, EXISTS (
           SELECT FROM pg_hba_file_rules AS line WHERE auth_method <> 'reject' AND type <> 'local'
             AND line.database && ARRAY['all', datname::text] AND (user_name && '{all}' OR user_name && ARRAY(SELECT role::text FROM declared_role))) AS is_reachable
  FROM pg_database CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT privilege FROM live_privilege AS l WHERE l.database = datname AND grantee = '' ORDER BY 1)) AS of_public(privileges)
  WHERE datname NOT IN ('postgres', 'template0', 'template1', current_database()) AND datname NOT IN (SELECT role FROM known_role)
), undeclared_role AS (
  SELECT rolname AS name, rolcanlogin, rolsuper, rolcreaterole, rolbypassrls OR rolreplication AS reads_all
  FROM pg_roles CROSS JOIN admin
  -- What is not the admin's to alter is whose the server is.
  WHERE (is_superuser OR NOT needs_option OR pg_has_role(oid, 'USAGE WITH ADMIN OPTION'))
    AND oid <> 10 AND rolname <> current_user AND rolname !~ '^pg_'
    AND rolname NOT IN (SELECT role FROM known_role) AND rolname NOT IN (SELECT role FROM operator_role)
), closing AS (
  SELECT FROM document
  WHERE coalesce(nullif(current_setting('shared_postgresql.undeclared', true), ''), body #>> '{structure,postgresql,undeclared}') = 'close'
), dropped AS (
  -- Without a backup nothing goes, but by the word. Whoever logs in after the last one needs a new password first.
  SELECT d.name, d.database, d.oid AS confirmed_oid, live.oid::bigint AS live_oid, "withoutBackup" AS without_backup, ARRAY(
           SELECT "user" FROM shared_postgresql.login AS made WHERE made.database = d.database AND "user" NOT IN (SELECT "user" FROM login)
           UNION SELECT d.database ORDER BY 1) AS roles,
         live.oid IS NULL OR live.oid::bigint = d.oid AND ("withoutBackup" OR EXISTS (
           SELECT FROM shared_postgresql.former_entry AS f JOIN pg_authid ON rolname = f."user" WHERE f.database = d.database
             AND NOT rolcanlogin AND sealed = encode(sha256(convert_to(rolpassword, 'UTF8')), 'hex'))) AS goes
  FROM document
  CROSS JOIN LATERAL jsonb_to_recordset(body -> 'dropped') AS d(name text, database name, oid bigint, "withoutBackup" boolean)
  LEFT JOIN pg_database AS live ON live.datname = d.database
  WHERE (d.database::text, d.name) IN (SELECT database::text, service FROM record) AND d.database NOT IN (SELECT database FROM service)
), dropped_privilege AS (
  -- What other services gave to roles that are dropped would keep these alive.
  SELECT here.datname AS database, r.rolname::text AS role
  FROM dropped JOIN pg_roles AS r ON r.rolname = ANY (dropped.roles)
  JOIN pg_shdepend AS d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype IN ('a', 'r', 'i')
  JOIN pg_database AS here ON here.oid = d.dbid
  WHERE here.datname <> dropped.database AND goes
), compared_service AS (
  SELECT s.*, remembered.digest IS DISTINCT FROM s.digest
           OR remembered.database_oid IS DISTINCT FROM (SELECT oid FROM pg_database WHERE datname = s.database)
           OR current_setting('shared_postgresql.compare') = 'all'
           OR (database, s."user") NOT IN (SELECT database, "user" FROM shared_postgresql.former_entry)
           OR s.ordinal IN (SELECT ordinal FROM login WHERE ("user", coalesce(becomes, database)) NOT IN (SELECT member, role FROM membership))
           OR s.database IN (SELECT database FROM dropped_privilege)
           -- It comes back, whatever login it comes by, and its last backup is that no more (forget.sql).
           OR s.database IN (SELECT database FROM shared_postgresql.former_entry WHERE sealed IS NOT NULL) AS compare
  FROM service AS s
  LEFT JOIN shared_postgresql.login AS remembered USING (database, "user")
), password AS (
  SELECT l.ordinal,
         coalesce(string_agg(l.credential, ' ' ORDER BY l.credential) FILTER (
           WHERE f.value IS NULL AND current_setting('shared_postgresql.passwords') = 'given'), '') AS missing,
         coalesce(jsonb_object_agg(l.in_use, f.value) FILTER (WHERE f.value IS NOT NULL), '{}') AS fingerprints,
         coalesce(string_agg(l.credential || ' ' || l.in_use, ' ' ORDER BY l.credential) FILTER (
           WHERE f.value IS NOT NULL AND (l.in_use IN (SELECT login FROM former_login) OR remembered.fingerprint IS DISTINCT FROM f.value OR remembered.verifier IS DISTINCT FROM
             encode(sha256(convert_to((SELECT rolpassword FROM pg_authid WHERE rolname = l.in_use), 'UTF8')), 'hex'))), '') AS to_set
  FROM login AS l
  LEFT JOIN fingerprint AS f USING (credential)
  LEFT JOIN shared_postgresql.login AS remembered ON remembered.database = l.database AND remembered."user" = l.in_use
  GROUP BY l.ordinal
), worker AS (
  SELECT ordinal, name AS service, remember,
         format('SELECT %L, %L, %L, %L, %L, %L', name, database, coalesce(login, "user"), coalesce(nullif(to_set, ''), '-'),
                coalesce(nullif(missing, ''), '-'), remember) AS statement,
         concat_ws(', ', CASE WHEN compare THEN 'compare the inside of the database' END,
                         CASE WHEN to_set <> '' THEN 'set the password' END,
                         CASE WHEN missing <> '' THEN 'there is no password' END) AS reason
  FROM compared_service JOIN password USING (ordinal)
  CROSS JOIN (SELECT body #> '{structure,auth,rotationGrace}' FROM document) AS rotation(grace)
  CROSS JOIN LATERAL jsonb_build_object('database', database, 'digest', digest, 'fingerprints', fingerprints, 'grace', grace,
    'rotations', current_setting('shared_postgresql.rotations', true), 'entry', entry ||
    jsonb_build_object('droppedRoles', ARRAY(SELECT role FROM dropped_privilege AS p WHERE p.database = compared_service.database ORDER BY 1))) AS remember
  UNION ALL
  -- After the services: a login of the deployment itself has its password, and no database to look into. Whoever has no password for it leaves it alone.
  SELECT p.ordinal, p.name, remember, format('SELECT %L, %L, %L, %L, %L, %L', p.name, current_database(), p."user", p.name || ' ' || p."user", '-', remember),
         CASE WHEN made.fingerprint = f.value
                AND made.verifier = encode(sha256(convert_to((SELECT rolpassword FROM pg_authid WHERE rolname = p."user"), 'UTF8')), 'hex')
              THEN '' ELSE 'set the password' END
  FROM platform_login AS p JOIN fingerprint AS f ON f.credential = p.name
  LEFT JOIN record AS made ON made."user" = p."user" AND made.access = 'platform'
  CROSS JOIN LATERAL jsonb_build_object('database', current_database(), 'fingerprints', jsonb_build_object(p."user", f.value),
    'rotations', current_setting('shared_postgresql.rotations', true), 'entry', jsonb_build_object('user', p."user", 'rotation', p.rotation)) AS remember
)
