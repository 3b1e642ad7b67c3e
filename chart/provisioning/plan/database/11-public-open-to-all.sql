SELECT 'INSIDE', 0, format('REVOKE %s ON SCHEMA public FROM PUBLIC', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)),
       'schema public is open to PUBLIC'
FROM pg_namespace CROSS JOIN LATERAL aclexplode(nspacl) AS a WHERE nspname = 'public' AND a.grantee = 0
HAVING count(*) > 0
