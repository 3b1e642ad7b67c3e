SELECT 'ROLES', 0, NULL,
       format('CREATE ROLE %I %s; INSERT INTO shared_postgresql.login (database, "user", service, access) VALUES (%L, %L, %L, %L) ON CONFLICT DO NOTHING',
              role, attributes, current_database(), role, p.name, 'platform'),
       'a login of the deployment itself is missing'
FROM role_difference JOIN platform_login AS p ON p."user" = role WHERE missing
