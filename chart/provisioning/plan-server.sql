-- The diff of everything that lives in the shared catalogs (roles, memberships, databases, their privileges, role
-- settings), for all services at once: a row for each statement that is still needed, in the order to run them.
-- It only reads. Its inputs are settings of the session:
--   shared_postgresql.desired       the desired state: {"defaults": {...}, "services": [{...}]}
--   shared_postgresql.checksums     the output of sha256sum over <service>/<schema file>
--   shared_postgresql.fingerprints  the output of sha256sum over <service>, a keyed copy of each password
--   shared_postgresql.rules         the text of plan-database.sql: when it changes, every database is compared
--   shared_postgresql.passwords     given | unknown: whoever has no passwords cannot tell whether one changed
--   shared_postgresql.compare       changed | all: all compares databases whose digest is unchanged as well
-- Steps 10 to 29 concern roles, 30 to 39 databases. A row of step 90 changes nothing itself: it selects the line with which a
-- worker is started for a service, to see to its password and to the inside of its database.
WITH document AS MATERIALIZED (
  SELECT current_setting('shared_postgresql.desired')::jsonb AS body
), checksum AS (
  SELECT split_part(line[2], '/', 1) AS service, jsonb_object_agg(split_part(line[2], '/', 2), line[1]) AS files
  FROM regexp_matches(current_setting('shared_postgresql.checksums'), '^([0-9a-f]{64})  (.+)$', 'gn') AS line
  GROUP BY 1
), fingerprint AS (
  SELECT line[2] AS service, line[1] AS value
  FROM regexp_matches(current_setting('shared_postgresql.fingerprints'), '^([0-9a-f]{64})  (.+)$', 'gn') AS line
), service AS (
  SELECT e.ordinal, s.name, s.database, s."user", s."connectionLimit", s.settings, complete.entry,
         encode(sha256(convert_to(complete.entry::text || current_setting('shared_postgresql.rules'), 'UTF8')), 'hex') AS digest,
         fingerprint.value AS fingerprint
  FROM document
  CROSS JOIN LATERAL jsonb_array_elements(body -> 'services') WITH ORDINALITY AS e(entry, ordinal)
  LEFT JOIN checksum ON checksum.service = e.entry ->> 'name'
  LEFT JOIN fingerprint ON fingerprint.service = e.entry ->> 'name'
  CROSS JOIN LATERAL (
    SELECT (body -> 'defaults') || e.entry || jsonb_build_object('checksums', coalesce(checksum.files, '{}'),
      'formerUsers', ARRAY(SELECT former."user" FROM shared_postgresql.service AS former
                           WHERE former.database = e.entry ->> 'database' AND former."user" <> e.entry ->> 'user' ORDER BY 1))
  ) AS complete(entry)
  CROSS JOIN LATERAL jsonb_to_record(complete.entry)
    AS s(name text, database text, "user" text, "connectionLimit" integer, settings jsonb)
), declared_role AS (
  SELECT ordinal, name AS service, database AS role, true AS is_key FROM service
  UNION ALL
  SELECT ordinal, name, "user", false FROM service
), role_difference AS (
  SELECT d.*, r.oid IS NULL AS missing, concat_ws(' ',
           CASE WHEN r.rolsuper THEN 'NOSUPERUSER' END,
           CASE WHEN r.rolcreatedb THEN 'NOCREATEDB' END,
           CASE WHEN r.rolcreaterole THEN 'NOCREATEROLE' END,
           CASE WHEN r.rolreplication THEN 'NOREPLICATION' END,
           CASE WHEN r.rolbypassrls THEN 'NOBYPASSRLS' END,
           CASE WHEN NOT r.rolinherit THEN 'INHERIT' END,
           CASE WHEN d.is_key AND r.rolcanlogin THEN 'NOLOGIN' END,
           CASE WHEN NOT d.is_key AND NOT coalesce(r.rolcanlogin, false) THEN 'LOGIN' END,
           CASE WHEN NOT d.is_key AND coalesce(r.rolconnlimit, -1) <> s."connectionLimit"
                THEN 'CONNECTION LIMIT ' || s."connectionLimit" END,
           CASE WHEN r.rolvaliduntil < 'infinity' THEN 'VALID UNTIL ''infinity''' END) AS attributes
  FROM declared_role AS d
  JOIN service AS s USING (ordinal)
  LEFT JOIN pg_roles AS r ON r.rolname = d.role
), membership AS (
  SELECT granted.rolname AS role, member.rolname AS member, grantor.rolname AS grantor, m.admin_option
  FROM pg_auth_members AS m
  JOIN pg_roles AS granted ON granted.oid = m.roleid
  JOIN pg_roles AS member ON member.oid = m.member
  JOIN pg_roles AS grantor ON grantor.oid = m.grantor
), foreign_membership AS (
  SELECT DISTINCT ON (m.role, m.member, m.grantor) d.ordinal, d.service, m.*, own.name IS NOT NULL AS is_own
  FROM membership AS m
  JOIN declared_role AS d ON d.role IN (m.role, m.member)
  LEFT JOIN service AS own ON own.database = m.role AND own."user" = m.member
  WHERE own.name IS NULL OR m.admin_option
  ORDER BY m.role, m.member, m.grantor, d.ordinal
), wanted_privilege AS (
  SELECT ordinal, name AS service, database, database AS grantee, 'CONNECT' AS privilege FROM service
  UNION ALL
  SELECT ordinal, name, database, "user", unnest(ARRAY['CREATE', 'TEMPORARY']) FROM service
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
), live_setting AS (
  SELECT r.rolname AS role, split_part(c, '=', 1) AS setting, substr(c, strpos(c, '=') + 1) AS value
  FROM pg_db_role_setting AS s
  JOIN pg_roles AS r ON r.oid = s.setrole
  CROSS JOIN LATERAL unnest(s.setconfig) AS c
  WHERE s.setdatabase = 0
), inside AS (
  SELECT s.*, current_setting('shared_postgresql.passwords') = 'given' AND s.fingerprint IS NULL AS without_password,
         s.fingerprint IS NOT NULL AND (
           remembered.fingerprint IS DISTINCT FROM s.fingerprint OR remembered.verifier IS DISTINCT FROM
             encode(sha256(convert_to((SELECT rolpassword FROM pg_authid WHERE rolname = s."user"), 'UTF8')), 'hex')
         ) AS set_password,
         remembered.digest IS DISTINCT FROM s.digest
           OR remembered.database_oid IS DISTINCT FROM (SELECT oid FROM pg_database WHERE datname = s.database)
           OR current_setting('shared_postgresql.compare') = 'all' AS compare
  FROM service AS s
  LEFT JOIN shared_postgresql.service AS remembered USING (database, "user")
), needed(ordinal, step, service, statement, reason) AS (
  SELECT ordinal, 10, service, format('CREATE ROLE %I %s', role, CASE WHEN is_key THEN 'NOLOGIN' ELSE attributes END),
         CASE WHEN is_key THEN 'the role that opens the database is missing' ELSE 'the login role is missing' END
  FROM role_difference WHERE missing
  UNION ALL
  SELECT ordinal, 11, service, format('ALTER ROLE %I %s', role, attributes), 'attributes of the role differ'
  FROM role_difference WHERE NOT missing AND attributes <> ''
  UNION ALL
  SELECT 0, 12, NULL, format('ALTER ROLE %I NOLOGIN', rolname),
         format('retained: no service declares database %I any more', min(database))
  FROM shared_postgresql.service JOIN pg_roles ON rolname = "user"
  WHERE rolcanlogin AND "user" NOT IN (SELECT role FROM declared_role) GROUP BY rolname
  UNION ALL
  SELECT ordinal, 20, name, format('GRANT %I TO %I', database, "user"), 'the login role cannot open its database'
  FROM service WHERE NOT EXISTS (SELECT FROM membership WHERE role = database AND member = "user")
  UNION ALL
  SELECT ordinal, 21, service,
         format('REVOKE %s%I FROM %I GRANTED BY %I CASCADE', CASE WHEN is_own THEN 'ADMIN OPTION FOR ' END, role, member, grantor),
         CASE WHEN is_own THEN 'the login role could let others in' ELSE 'a membership that nobody declared' END
  FROM foreign_membership
  UNION ALL
  SELECT s.ordinal, 22, s.name, format('ALTER ROLE %I SET %I = %L', s."user", w.key, w.value), 'a limit of the login role differs'
  FROM service AS s CROSS JOIN LATERAL jsonb_each_text(s.settings) AS w
  WHERE NOT EXISTS (SELECT FROM live_setting AS l WHERE l.role = s."user" AND l.setting = w.key AND l.value = w.value)
  UNION ALL
  SELECT ordinal, 30, name, format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8''', database, current_user),
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
), worker AS (
  SELECT ordinal, name AS service,
         format('SELECT %L, %L, %L, %L, %L, %L, %L', name, database, "user", set_password, digest, coalesce(fingerprint, '-'), entry) AS statement,
         concat_ws(', ', CASE WHEN compare THEN 'compare the inside of the database' END,
                         CASE WHEN set_password THEN 'set the password' END,
                         CASE WHEN without_password THEN 'there is no password' END) AS reason
  FROM inside
)
SELECT ordinal, step, coalesce(service, 'server') AS service, statement, reason FROM needed
UNION ALL
SELECT ordinal, 90, service, statement, reason FROM worker WHERE reason <> ''
