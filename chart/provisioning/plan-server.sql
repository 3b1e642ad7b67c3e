-- The diff of everything that lives in the shared catalogs (roles, memberships, databases, their privileges, settings), for
-- all services at once: a row for each statement that is still needed, in the order to run them.
-- It only reads. Its inputs are settings of the session:
--   shared_postgresql.desired       the desired state: {"defaults": {...}, "services": [{...}], "dropped": [{...}]}
--   shared_postgresql.checksums     the output of sha256sum over <service>/<schema file>
--   shared_postgresql.fingerprints  the output of sha256sum over <service> or <service>.<role>, a keyed copy of each password
--   shared_postgresql.rules         the text of plan-database.sql: when it changes, every database is compared
--   shared_postgresql.passwords     given | unknown: whoever has no passwords cannot tell whether one changed
--   shared_postgresql.compare       changed | all: all compares databases whose digest is unchanged as well
-- Steps 10 to 29 concern roles, 30 to 39 databases, 80 to 89 drop what values.yaml confirms. A row of step 90 changes nothing
-- itself: it selects the line with which a worker is started for a service, to see to its passwords and to the inside of its
-- database. Rows from step 100 on are drift that provisioning reports and never mends: the statement is for a person.
WITH document AS MATERIALIZED (
  SELECT current_setting('shared_postgresql.desired')::jsonb AS body
), checksum AS (
  SELECT split_part(line[2], '/', 1) AS service, jsonb_object_agg(split_part(line[2], '/', 2), line[1]) AS files
  FROM regexp_matches(current_setting('shared_postgresql.checksums'), '^([0-9a-f]{64})  (.+)$', 'gn') AS line
  GROUP BY 1
), fingerprint AS (
  SELECT line[2] AS source, line[1] AS value
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
  SELECT ordinal, name AS service, name AS source, database, "user", 'owner' AS access, "connectionLimit", settings FROM service
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
), inside AS (
  SELECT s.*, remembered.digest IS DISTINCT FROM s.digest
           OR remembered.database_oid IS DISTINCT FROM (SELECT oid FROM pg_database WHERE datname = s.database)
           OR current_setting('shared_postgresql.compare') = 'all' AS compare
  FROM service AS s
  LEFT JOIN shared_postgresql.login AS remembered USING (database, "user")
), password AS (
  SELECT l.ordinal,
         coalesce(string_agg(l.source, ' ' ORDER BY l.source) FILTER (
           WHERE f.value IS NULL AND current_setting('shared_postgresql.passwords') = 'given'), '') AS without,
         coalesce(jsonb_object_agg(l."user", f.value) FILTER (WHERE f.value IS NOT NULL), '{}') AS fingerprints,
         coalesce(string_agg(l.source || ' ' || l."user", ' ' ORDER BY l.source) FILTER (
           WHERE f.value IS NOT NULL AND (remembered.fingerprint IS DISTINCT FROM f.value OR remembered.verifier IS DISTINCT FROM
             encode(sha256(convert_to((SELECT rolpassword FROM pg_authid WHERE rolname = l."user"), 'UTF8')), 'hex'))), '') AS to_set
  FROM login AS l
  LEFT JOIN fingerprint AS f USING (source)
  LEFT JOIN shared_postgresql.login AS remembered USING (database, "user")
  GROUP BY l.ordinal
), needed(ordinal, step, service, statement, reason) AS (
  SELECT ordinal, 10, service, format('CREATE ROLE %I %s', role, CASE WHEN is_key THEN 'NOLOGIN' ELSE attributes END),
         CASE WHEN is_key THEN 'the role that opens the database is missing' ELSE 'the login role is missing' END
  FROM role_difference WHERE missing
  UNION ALL
  SELECT ordinal, 11, service, format('ALTER ROLE %I %s', role, attributes), 'attributes of the role differ'
  FROM role_difference WHERE NOT missing AND attributes <> ''
  UNION ALL
  SELECT 0, 12, NULL, format('ALTER ROLE %I NOLOGIN', rolname),
         CASE WHEN bool_or(database IN (SELECT database FROM service))
              THEN format('retained: no service declares the login role of database %I any more', min(database))
              ELSE format('retained: no service declares database %I any more', min(database)) END
  FROM shared_postgresql.login JOIN pg_roles ON rolname = "user"
  WHERE rolcanlogin AND "user" NOT IN (SELECT role FROM declared_role) GROUP BY rolname
  UNION ALL
  SELECT ordinal, 20, service, format('GRANT %I TO %I', database, "user"), 'the login role cannot open its database'
  FROM login WHERE NOT EXISTS (SELECT FROM membership WHERE role = database AND member = "user")
  UNION ALL
  SELECT ordinal, 21, service,
         format('REVOKE %s%I FROM %I GRANTED BY %I CASCADE', CASE WHEN is_own THEN 'ADMIN OPTION FOR ' END, role, member, grantor),
         CASE WHEN is_own THEN 'the login role could let others in' ELSE 'a membership that nobody declared' END
  FROM foreign_membership
  UNION ALL
  SELECT ordinal, 22, service, format('ALTER ROLE %I SET %I = %s', role, setting, CASE WHEN is_list THEN value ELSE quote_literal(value) END),
         'a limit of the login role differs'
  FROM declared_setting AS w
  WHERE value IS NOT NULL AND NOT EXISTS (SELECT FROM live_setting AS l WHERE l.role = w.role AND l.database = ''
                                            AND l.setting = w.setting AND l.value = w.value)
  UNION ALL
  SELECT w.ordinal, 23, w.service, format('ALTER ROLE %I RESET %I', w.role, w.setting), 'nobody declared this setting of the login role'
  FROM declared_setting AS w JOIN live_setting AS l ON l.role = w.role AND l.database = '' AND l.setting = w.setting
  WHERE w.value IS NULL
  UNION ALL
  SELECT w.ordinal, 24, w.service, format('ALTER ROLE %I IN DATABASE %I RESET %I', w.role, l.database, w.setting),
         'a setting for one database hides the one that is declared'
  FROM declared_setting AS w JOIN live_setting AS l ON l.role = w.role AND l.database <> '' AND l.setting = w.setting
  UNION ALL
  SELECT ordinal, 30, name,
         format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING %L', database, current_user, encoding)
         || CASE WHEN locale ->> 'provider' <> '' THEN format(' LOCALE_PROVIDER %I', locale ->> 'provider') ELSE '' END
         || CASE WHEN locale ->> 'name' = '' THEN ''
                 ELSE format(CASE locale ->> 'provider' WHEN 'icu' THEN ' ICU_LOCALE %L' WHEN 'builtin' THEN ' BUILTIN_LOCALE %L'
                                                        ELSE ' LOCALE %L' END, locale ->> 'name') END,
         'the database is missing'
  FROM service WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = database)
  UNION ALL
  SELECT s.ordinal, 31, s.name, format('ALTER DATABASE %I OWNER TO %I', s.database, current_user), 'the admin must own the database'
  FROM service AS s JOIN pg_database AS d ON d.datname = s.database WHERE pg_get_userbyid(d.datdba) <> current_user
  UNION ALL
  SELECT ordinal, 32, service,
         format('REVOKE %s%s ON DATABASE %I FROM %s CASCADE', CASE WHEN option_only THEN 'GRANT OPTION FOR ' END, privileges, database,
                CASE grantee WHEN '' THEN 'PUBLIC' ELSE quote_ident(grantee) END),
         'privileges that nobody declared'
  FROM excess_privilege
  UNION ALL
  SELECT ordinal, 33, service, format('GRANT %s ON DATABASE %I TO %I', privileges, database, grantee), 'privileges are missing'
  FROM missing_privilege
  UNION ALL
  SELECT s.ordinal, 34, s.name, format('ALTER DATABASE %I RESET %I', s.database, l.setting),
         'a setting of the database reaches everybody''s sessions, the admin''s as well'
  FROM service AS s JOIN live_setting AS l ON l.database = s.database AND l.role = ''
  UNION ALL
  SELECT s.ordinal, 35, s.name, format('ALTER DATABASE %I ALLOW_CONNECTIONS true CONNECTION LIMIT -1 IS_TEMPLATE false', s.database),
         'attributes of the database differ'
  FROM service AS s JOIN pg_database AS d ON d.datname = s.database
  WHERE NOT d.datallowconn OR d.datconnlimit > -1 OR d.datistemplate
  UNION ALL
  SELECT 0, 80, name, format('DROP DATABASE %I', database), 'values.yaml confirms that it is dropped, and that a final dump was made'
  FROM dropped WHERE live_oid = confirmed_oid
  UNION ALL
  SELECT 0, 81, name, format('DROP ROLE %I', rolname), 'its database is dropped'
  FROM dropped JOIN pg_roles ON rolname = ANY (roles) WHERE live_oid IS NULL OR live_oid = confirmed_oid
  UNION ALL
  SELECT 0, 82, name, format('DELETE FROM shared_postgresql.login WHERE database = %L AND NOT EXISTS (SELECT FROM pg_database WHERE datname = %1$L)', database),
         'its database is dropped'
  FROM dropped WHERE live_oid IS NULL OR live_oid = confirmed_oid
), reported(ordinal, step, service, statement, reason) AS (
  SELECT 0, 100, NULL::text, format('DROP DATABASE %I', datname), 'nobody declared this database'
  FROM pg_database
  WHERE datname NOT IN ('postgres', 'template0', 'template1') AND datname NOT IN (SELECT role FROM known_role)
  UNION ALL
  SELECT 0, 101, NULL, format('DROP ROLE %I', rolname),
         'nobody declared this role' || CASE WHEN rolsuper THEN ', and it is a superuser' WHEN rolcreaterole THEN ', and it can make roles'
                                             WHEN rolbypassrls OR rolreplication THEN ', and it can read all data' ELSE '' END
  FROM pg_roles
  WHERE oid <> 10 AND rolname <> current_user AND rolname !~ '^pg_' AND rolname NOT IN (SELECT role FROM known_role)
  UNION ALL
  SELECT d.ordinal, 102, d.service, format('ALTER ROLE %I%s RESET %I', d.role,
           CASE WHEN l.database <> '' THEN format(' IN DATABASE %I', l.database) END, l.setting),
         format('a setting of the role that nobody declared: %s', left(l.value, 60))
  FROM declared_role AS d JOIN live_setting AS l USING (role)
  WHERE NOT EXISTS (SELECT FROM declared_setting AS w WHERE w.role = d.role AND w.setting = l.setting)
  UNION ALL
  SELECT 0, 102, NULL, format('ALTER ROLE ALL RESET %I', setting), format('a setting of all roles that nobody declared: %s', left(value, 60))
  FROM live_setting WHERE role = '' AND database = ''
  UNION ALL
  SELECT s.ordinal, 103, s.name, format('-- dump %I, make it anew with ENCODING %L, restore', s.database, s.encoding),
         format('the database has the encoding %s, not %s, and no statement changes that',
                pg_encoding_to_char(d.encoding), s.encoding)
  FROM service AS s JOIN pg_database AS d ON d.datname = s.database WHERE pg_char_to_encoding(s.encoding) <> d.encoding
  UNION ALL
  SELECT 0, 104, name, format('drop: confirm-%s-%s', database, live_oid),
         format('values.yaml confirms to drop the database with the oid %s; this is another, and it stays', confirmed_oid)
  FROM dropped WHERE live_oid <> confirmed_oid
), worker AS (
  SELECT ordinal, name AS service,
         format('SELECT %L, %L, %L, %L, %L, %L', name, database, "user", coalesce(nullif(to_set, ''), '-'),
                coalesce(nullif(without, ''), '-'), entry) AS statement,
         concat_ws(', ', CASE WHEN compare THEN 'compare the inside of the database' END,
                         CASE WHEN to_set <> '' THEN 'set the password' END,
                         CASE WHEN without <> '' THEN 'there is no password' END) AS reason,
         jsonb_build_object('database', database, 'digest', digest, 'fingerprints', fingerprints, 'entry', entry) AS remember
  FROM inside JOIN password USING (ordinal)
)
SELECT ordinal, step, coalesce(service, 'server') AS service, statement, reason, NULL::jsonb AS remember FROM needed
UNION ALL
SELECT ordinal, 90, service, statement, reason, remember FROM worker WHERE reason <> ''
UNION ALL
SELECT ordinal, step, coalesce(service, 'server'), statement, reason, NULL FROM reported
