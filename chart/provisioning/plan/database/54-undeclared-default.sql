SELECT 'INSIDE', 0, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE %s ON %s FROM %I', "user", ' IN SCHEMA ' || quote_ident(schema),
                  string_agg(privilege, ', ' ORDER BY privilege), many, grantee),
       'a role of the service would have more access than declared to what is made later'
FROM service, live_default AS l JOIN kind USING (kind)
WHERE NOT EXISTS (SELECT FROM wanted_default AS w WHERE w.kind = l.kind AND w.grantee = l.grantee AND w.privilege = l.privilege)
GROUP BY "user", schema, many, grantee
