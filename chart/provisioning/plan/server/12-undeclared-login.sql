-- What stops a service until a person decides locks none of the logins that it has.
SELECT 'ROLES', 0, NULL, format('ALTER ROLE %I NOLOGIN', rolname),
       CASE WHEN bool_or(access = 'platform') THEN 'retained: the platform declares this login no more'
            WHEN bool_or(database IN (SELECT database FROM service))
            THEN format('retained: no service declares the login role of database %I any more', min(database))
            ELSE format('retained: no service declares database %I any more', min(database)) END
FROM record JOIN pg_roles ON rolname = "user"
WHERE rolcanlogin AND rolname NOT IN (SELECT role FROM declared_role) AND service <> '+archive' AND access <> 'mover'
  AND ("user", service) NOT IN (SELECT "user", service FROM listed_login UNION ALL SELECT second, service FROM listed_second)
  AND (access <> 'owner' OR service NOT IN (SELECT service FROM refusal)) AND service NOT IN (SELECT service FROM older) GROUP BY rolname
