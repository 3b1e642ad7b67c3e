-- It owns nothing, and nobody is left to use it. One that is unused keeps nobody's log of changes any more either. What services gave to it keeps the role, which
-- drop-role.sql sees to for others.
SELECT 'ROLES', 0, NULL,
       format('DO %L; DELETE FROM shared_postgresql.login WHERE "user" = %L AND access = %L', format(
                'BEGIN DROP ROLE IF EXISTS %1$I; EXCEPTION WHEN dependent_objects_still_exist THEN ALTER ROLE %1$I NOLOGIN NOREPLICATION PASSWORD NULL; '
                'ALTER ROLE %1$I RENAME TO %2$I; END', "user", left("user", 50) || '_' || coalesce(oid, 0)), "user", access),
       'the deployment has no use for this login any more'
FROM record LEFT JOIN pg_roles ON rolname = "user" WHERE service = '+archive' AND "user" NOT IN (SELECT "user" FROM listed_platform_login)
