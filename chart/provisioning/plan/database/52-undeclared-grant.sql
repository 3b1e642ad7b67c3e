SELECT 'INSIDE', 0, format('REVOKE %s%s ON %s %s FROM %s CASCADE', CASE WHEN w.privilege IS NOT NULL THEN 'GRANT OPTION FOR ' END,
                  string_agg(DISTINCT l.privilege, ', ' ORDER BY l.privilege), one, l.name, l.holder),
       'a role of the service has more access than declared'
FROM live_grant AS l JOIN kind USING (kind)
LEFT JOIN wanted_grant AS w ON w.kind = l.kind AND w.name = l.name AND w.grantee = l.grantee AND w.privilege = l.privilege
WHERE w.privilege IS NULL OR l.is_grantable
GROUP BY w.privilege IS NOT NULL, w.privilege, one, l.name, l.holder
