SELECT 'INSIDE', 0, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s ON %s TO %I', "user", string_agg(privilege, ', ' ORDER BY privilege), many, grantee),
       'a role of the service would have no access to what is made later'
FROM service, wanted_default AS w JOIN kind USING (kind)
WHERE NOT EXISTS (SELECT FROM live_default AS l WHERE l.kind = w.kind AND l.schema IS NULL AND l.grantee = w.grantee AND l.holder = quote_ident(w.grantee) AND l.privilege = w.privilege)
GROUP BY "user", many, grantee
