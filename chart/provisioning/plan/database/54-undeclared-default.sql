SELECT 'INSIDE', 0, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE %s ON %s FROM %s', "user", ' IN SCHEMA ' || quote_ident(schema),
                  string_agg(DISTINCT privilege, ', ' ORDER BY privilege), many, holder),
       'a role of the service would have more access than declared to what is made later'
FROM service, live_default AS l JOIN kind USING (kind)
WHERE NOT EXISTS (SELECT FROM wanted_default AS w WHERE w.kind = l.kind AND w.grantee = l.grantee AND w.privilege = l.privilege)
GROUP BY "user", schema, many, holder
