SELECT 'INSIDE', 0, format('REVOKE %s (%s) ON TABLE %s FROM %I CASCADE', privilege, attribute, name, grantee),
       'a role of the service has more access than declared'
FROM column_grant
