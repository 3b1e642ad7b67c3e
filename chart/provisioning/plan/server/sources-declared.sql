-- The diff of everything that lives in the shared catalogs (roles, memberships, databases, their privileges, settings), for
-- all services at once. These are its sources: here what is declared, and whose it is; in sources-found.sql what the server has of it. Each rule
-- beside them (<nn>-<rule>.sql) is one kind of difference. They are put together in the order of their numbers (shared-postgresql.plan in
-- Helm, readPlanQuery in TypeScript), and rows.sql ends the query.
-- It only reads. Its inputs are settings of the session:
--   shared_postgresql.desired       the desired state: {"defaults": {...}, "services": [{...}], "dropped": [{...}]}
--   shared_postgresql.checksums     the output of sha256sum over <service>.<schema file>
--   shared_postgresql.fingerprints  the output of sha256sum over credentials (<service> or <service>.<role>), a keyed copy of each password
--   shared_postgresql.rules         the text of the plan inside a database: when it changes, every database is compared
--   shared_postgresql.passwords     given | unknown: whoever has no passwords cannot tell whether one changed
--   shared_postgresql.compare       changed | all: all compares databases whose digest is unchanged as well
--   shared_postgresql.undeclared    report | close, in place of what the desired state says; not set or empty: as that says
--   shared_postgresql.rotations     forget: which one a login has reached is not remembered, so that older values are as good as others
--   shared_postgresql.only          the names of services, if nothing else is to be found; not set or empty: everything
-- A rule gives rows of (step, ordinal, service, statement, reason): the step by its name, as run.sql has them; the place of the
-- service in the list, or 0 for what concerns all; the service, or null; what is still needed; and why.
WITH document AS MATERIALIZED (
  SELECT current_setting('shared_postgresql.desired')::jsonb AS body
), admin AS MATERIALIZED (
  -- Whoever is no superuser may do what the owner of a database may, and what CREATEROLE lets him: since 16 that ends at roles that he made, or was given.
  SELECT rolsuper AS is_superuser, current_setting('server_version_num')::integer >= 160000 AS needs_option FROM pg_roles WHERE rolname = current_user
), beyond AS MATERIALIZED (
  -- Databases that are not the admin's to shut; none are beyond a superuser.
  SELECT datname AS name, pg_get_userbyid(datdba) AS owner FROM pg_database WHERE NOT pg_has_role(datdba, 'USAGE')
), checksum AS (
  SELECT split_part(path, '.', 1) AS service, jsonb_object_agg(substr(path, strpos(path, '.') + 1), checksum) AS files
  FROM string_to_table(current_setting('shared_postgresql.checksums'), E'\n') AS line
  CROSS JOIN LATERAL (SELECT left(line, 64), substr(line, 67)) AS parts(checksum, path)
  WHERE line <> '' GROUP BY 1
), fingerprint AS (
  SELECT substr(line, 67) AS credential, left(line, 64) AS value
  FROM string_to_table(current_setting('shared_postgresql.fingerprints'), E'\n') AS line WHERE line <> ''
), record AS MATERIALIZED (
  SELECT * FROM shared_postgresql.login
), listed_service AS MATERIALIZED (
  SELECT e.ordinal, s.*, complete.entry,
         encode(sha256(convert_to(complete.entry::text || current_setting('shared_postgresql.rules'), 'UTF8')), 'hex') AS digest
  FROM document
  CROSS JOIN LATERAL jsonb_array_elements(body -> 'services') WITH ORDINALITY AS e(entry, ordinal)
  LEFT JOIN checksum ON checksum.service = e.entry ->> 'name'
  CROSS JOIN LATERAL (
    SELECT (body -> 'defaults') || e.entry || jsonb_build_object('checksums', coalesce(checksum.files, '{}'),
      'formerUsers', ARRAY(SELECT former."user" FROM shared_postgresql.login AS former
                           LEFT JOIN pg_database AS live ON live.datname = former.database
                           WHERE former.database = e.entry ->> 'database' AND former."user" NOT IN (e.entry ->> 'user', left(e.entry ->> 'user', 61) || '_2')
                             AND former.access IN ('owner', 'second') AND (former.service = e.entry ->> 'name' OR live.oid::bigint = (e.entry ->> 'adopt')::bigint)
                           ORDER BY 1),
      'second', coalesce(e.entry ->> 'login', (SELECT "user"::text FROM shared_postgresql.login AS second WHERE second.database = e.entry ->> 'database'
                   AND "user" = left(e.entry ->> 'user', 61) || '_2' AND access = 'second')))
  ) AS complete(entry)
  CROSS JOIN LATERAL jsonb_to_record(complete.entry)
    AS s(name text, database text, "user" text, login text, "connectionLimit" integer, settings jsonb, roles jsonb, encoding text, locale jsonb, adopt bigint,
         "clientCertificate" boolean, rotation integer)
), listed_login AS MATERIALIZED (
  -- A migrator is the service's own login from the first moment of its sessions, as that one's second is: it opens the database by it, and has nothing else.
  SELECT ordinal, name AS service, name AS credential, database, "user", coalesce(login, "user") AS in_use, 'owner' AS access, "connectionLimit", settings,
         coalesce("clientCertificate", false) AS needs_certificate, coalesce(rotation, 0) AS rotation, NULL::text AS becomes
  FROM listed_service
  UNION ALL
  SELECT ordinal, s.name, s.name || '.' || r.name, database, r."user", coalesce(r.login, r."user"), r.access, r."connectionLimit", settings, coalesce(r."clientCertificate", false),
         coalesce(r.rotation, 0), CASE r.access WHEN 'migrator' THEN s."user" END
  FROM listed_service AS s
  CROSS JOIN LATERAL jsonb_to_recordset(s.roles) AS r(name text, "user" text, login text, access text, "connectionLimit" integer, "clientCertificate" boolean, rotation integer)
), listed_platform_login AS MATERIALIZED (
  -- They come after the services.
  SELECT (SELECT count(*) FROM listed_service) + e.ordinal AS ordinal, p.*, r.oid IS NOT NULL AND NOT EXISTS (SELECT FROM record WHERE record."user" = p."user" AND access = 'platform') AS is_foreign
  FROM document CROSS JOIN LATERAL jsonb_array_elements(body -> 'platformLogins') WITH ORDINALITY AS e(entry, ordinal)
  CROSS JOIN LATERAL jsonb_to_record(e.entry) AS p(name text, "user" text, "connectionLimit" integer, replicates boolean, "memberOf" text[], settings jsonb, rotation integer)
  LEFT JOIN pg_roles AS r ON r.rolname = p."user"
), older AS MATERIALIZED (
  -- A service, or a login of the platform, by values from before a rotation that the server has seen: an old commit, or a run that was late.
  SELECT ordinal, service, credential, rotation, reached, field
  FROM (SELECT ordinal, service, credential, database, "user", rotation, 'rotation' AS field FROM listed_login
        UNION ALL
        SELECT ordinal, name, name, current_database(), "user", coalesce(rotation, 0),
               CASE WHEN replicates THEN 'backup.pointInTime.rotation' ELSE format('platformLogins.%s.rotation', substr(name, 2)) END
        FROM listed_platform_login) AS listed
  JOIN shared_postgresql.rotation AS made USING (database, "user") WHERE rotation < reached
), restoring AS MATERIALIZED (
  -- What a restore made that runs now is its own until it ends, and so are the connections that it gave the login for that. It holds a lock.
  SELECT r.database, r."user" FROM record AS r
  WHERE service LIKE '%+restored' AND r.database NOT IN (SELECT database FROM listed_service)
    AND EXISTS (SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database AND datname = current_database()
                WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND classid::bigint << 32 | objid::bigint = hashtext('shared_postgresql_restore'))
), listed_second AS MATERIALIZED (
  -- With whom a login takes turns: a member of it whose sessions are the login's from their first moment (ALTER ROLE ... SET role), so that all that
  -- they make belongs to the one login, whichever is in use. It is there from the first rotation on.
  SELECT l.*, second FROM listed_login AS l CROSS JOIN LATERAL (SELECT left("user", 61) || '_2') AS s(second)
  WHERE in_use = second OR (second, database) IN (SELECT "user", database FROM record WHERE access LIKE 'second%')
), foreign_name AS MATERIALIZED (
  -- A name belongs to whom it was given: what lives under a declared name and was not made for this service.
  SELECT ordinal, name AS service, 'database' AS kind, database AS name, NULL::oid AS role
  FROM listed_service JOIN pg_database ON datname = database WHERE (database, name) NOT IN (SELECT database, service FROM record)
  UNION ALL
  SELECT ordinal, name, 'role', database, oid
  FROM listed_service JOIN pg_roles ON rolname = database WHERE (database, name) NOT IN (SELECT database, service FROM record)
  UNION ALL
  SELECT ordinal, service, 'role', "user", oid
  FROM listed_login JOIN pg_roles ON rolname = "user" WHERE ("user", service) NOT IN (SELECT "user", service FROM record)
  UNION ALL
  SELECT ordinal, service, 'role', second, oid
  FROM listed_second JOIN pg_roles ON rolname = second WHERE (second, service) NOT IN (SELECT "user", service FROM record)
), foreign_database AS MATERIALIZED (
  -- What moves, or has moved, is nobody's to take over.
  SELECT f.ordinal, live.oid, live.oid::bigint = s.adopt AND live.datname NOT IN (SELECT database FROM record WHERE service ~ '[+]mov(ing|ed)$') AS is_confirmed
  FROM foreign_name AS f JOIN listed_service AS s USING (ordinal) JOIN pg_database AS live ON live.datname = f.name WHERE f.kind = 'database'
), obstacle AS (
  -- Why a role is never taken over, whatever an entry confirms.
  SELECT f.ordinal, f.kind, f.name,
         CASE WHEN needs_option AND NOT pg_has_role(r.oid, 'USAGE WITH ADMIN OPTION')
              THEN format('%s, who provisions, has no ADMIN OPTION on it', current_user)
              WHEN rolsuper THEN 'it is a superuser' WHEN rolcreaterole THEN 'it can make roles' WHEN rolcreatedb THEN 'it can make databases'
              WHEN rolreplication THEN 'it can replicate' WHEN rolbypassrls THEN 'it passes over row policies'
              WHEN f.role IN (SELECT member FROM pg_auth_members JOIN pg_roles AS granted ON granted.oid = roleid
                              WHERE granted.rolname NOT IN (s.database, 'shared_postgresql_certificate') AND (granted.rolname, s.ordinal) NOT IN (SELECT "user", ordinal FROM listed_login))
              THEN 'it is a member of another role'
              WHEN f.role IN (SELECT refobjid FROM pg_shdepend
                              WHERE refclassid = 'pg_authid'::regclass AND deptype IN ('o', 'a') AND dbid IS DISTINCT FROM d.oid
                                AND NOT (classid = 'pg_database'::regclass AND objid IS NOT DISTINCT FROM d.oid)
                                -- What a service gives it in its own database comes to nothing: nobody else opens that.
                                AND NOT (deptype = 'a' AND dbid IN (SELECT live.oid FROM pg_database AS live JOIN record ON live.datname = record.database AND access = 'owner')))
              THEN 'it owns something, or has privileges, outside of the database'
              WHEN d.oid IS NULL THEN 'a role is taken over only together with its database' END AS reason
  FROM foreign_name AS f JOIN pg_roles AS r ON r.oid = f.role JOIN listed_service AS s USING (ordinal) CROSS JOIN admin
  LEFT JOIN foreign_database AS d USING (ordinal)
  UNION ALL
  SELECT ordinal, kind, name, format('%s owns it, and %s, who provisions, is no member of that role', owner, current_user)
  FROM foreign_name JOIN beyond USING (name) WHERE kind = 'database'
), refusal AS MATERIALIZED (
  SELECT f.ordinal, f.service, f.kind, f.name, obstacle.reason AS obstacle, s.database, d.oid,
         (SELECT min(record.service) FROM record WHERE f.name IN (record.database, record."user") AND record.service <> f.service) AS owner
  FROM foreign_name AS f JOIN listed_service AS s USING (ordinal)
  LEFT JOIN foreign_database AS d USING (ordinal)
  LEFT JOIN obstacle ON obstacle.ordinal = f.ordinal AND obstacle.name = f.name AND obstacle.kind = f.kind
  WHERE obstacle.reason IS NOT NULL OR d.is_confirmed IS NOT TRUE
), stopped AS MATERIALIZED (
  SELECT ordinal, service FROM refusal UNION SELECT ordinal, service FROM older
), service AS MATERIALIZED (
  SELECT * FROM listed_service WHERE ordinal NOT IN (SELECT ordinal FROM stopped)
), login AS MATERIALIZED (
  SELECT * FROM listed_login WHERE ordinal NOT IN (SELECT ordinal FROM stopped)
), second AS MATERIALIZED (
  SELECT * FROM listed_second WHERE ordinal NOT IN (SELECT ordinal FROM stopped)
), platform_login AS (
  SELECT * FROM listed_platform_login WHERE NOT is_foreign AND ordinal NOT IN (SELECT ordinal FROM stopped)
), certified AS (
  -- Whom the server asks for a certificate: pg_hba.conf has a line for the members of this role, which is made when the first is asked. A second login is one
  -- by the first.
  SELECT ordinal, service, 'shared_postgresql_certificate' AS role, "user" FROM login WHERE needs_certificate
), declared_role AS (
  SELECT ordinal, name AS service, database AS role, NULL::integer AS connection_limit, false AS is_in_use, false AS replicates FROM service
  UNION ALL
  SELECT ordinal, service, "user", "connectionLimit", "user" = in_use, false FROM login
  UNION ALL
  SELECT ordinal, service, second, "connectionLimit", second = in_use, false FROM second
  UNION ALL
  SELECT 0, NULL, "user", "connectionLimit", true, coalesce(replicates, false) FROM platform_login
)
