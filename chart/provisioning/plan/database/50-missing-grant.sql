SELECT 'INSIDE', 0, format('GRANT %s ON %s %s TO %I', string_agg(privilege, ', ' ORDER BY privilege), one, name, grantee),
       'a role of the service has less access than declared'
FROM wanted_grant AS w JOIN kind USING (kind)
WHERE NOT EXISTS (SELECT FROM live_grant AS l WHERE l.kind = w.kind AND l.name = w.name AND l.grantee = w.grantee AND l.holder = quote_ident(w.grantee) AND l.privilege = w.privilege)
GROUP BY one, name, grantee
