SELECT 'ROLES', 0, NULL, format('CREATE ROLE %I NOLOGIN', role), 'the role by which pg_hba.conf knows who must show a certificate is missing'
FROM (SELECT DISTINCT role FROM certified) AS c WHERE role NOT IN (SELECT rolname FROM pg_roles)
