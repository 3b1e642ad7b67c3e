SELECT 'ROLES', 0, NULL, 'CREATE ROLE shared_postgresql_platform NOLOGIN', 'the role by which pg_hba.conf knows logins of the platform is missing'
WHERE EXISTS (SELECT FROM platform_login WHERE 'shared_postgresql_platform' = ANY ("memberOf"))
  AND 'shared_postgresql_platform' NOT IN (SELECT rolname FROM pg_roles)
