SELECT 'INSIDE', 0, format('REVOKE %s (%s) ON TABLE %s FROM %s CASCADE', privilege, attribute, name, holder),
       'a role of the service has more access than declared'
FROM column_grant
