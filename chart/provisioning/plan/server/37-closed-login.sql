SELECT 'ROLES', 0, NULL, format('ALTER ROLE %I NOLOGIN', name), 'nobody declared this role, and values.yaml closes what nobody declared'
FROM undeclared_role, closing WHERE rolcanlogin AND (SELECT is_superuser FROM admin)
