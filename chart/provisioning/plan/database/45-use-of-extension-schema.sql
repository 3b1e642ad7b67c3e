-- The ledger's schema has its own rule.
SELECT 'INSIDE', 0, format('GRANT USAGE ON SCHEMA %I TO %s', schema, string_agg(quote_ident(login."user"), ', ' ORDER BY login."user")),
       'the schema of an extension is the admin''s, and the service cannot use it'
FROM (SELECT schema FROM missing_schema WHERE is_admins
      UNION SELECT i.schema FROM service JOIN installed AS i ON i.name = ANY ("adminExtensions") WHERE i.is_guarded AND i.schema NOT IN ('shared_postgresql', 'pg_catalog')) AS home
CROSS JOIN (SELECT service."user" FROM service UNION ALL SELECT role."user" FROM role) AS login
WHERE NOT EXISTS (SELECT FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(nspacl) AS a
                  WHERE n.nspname = home.schema AND pg_get_userbyid(a.grantee) = login."user" AND a.privilege_type = 'USAGE')
GROUP BY schema
