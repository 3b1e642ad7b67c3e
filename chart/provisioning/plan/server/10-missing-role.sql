SELECT 'ROLES', ordinal, service, format('CREATE ROLE %I %s', role, CASE WHEN is_key THEN 'NOLOGIN' ELSE attributes END),
       CASE WHEN is_key THEN 'the role that opens the database is missing' ELSE 'the login role is missing' END
FROM role_difference WHERE missing AND service IS NOT NULL
