-- It owns nothing, and nobody is left to use it. One that is unused keeps nobody's log of changes any more either.
SELECT 'ROLES', 0, NULL,
       format('DROP ROLE IF EXISTS %I; DELETE FROM shared_postgresql.login WHERE "user" = %L AND access = %L', "user", "user", access),
       'the deployment has no use for this login any more'
FROM record WHERE service = '+archive' AND "user" NOT IN (SELECT "user" FROM listed_platform_login)
