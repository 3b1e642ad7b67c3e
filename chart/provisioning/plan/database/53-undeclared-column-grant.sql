SELECT 'INSIDE', 0, format('REVOKE %s ON TABLE %s FROM %s CASCADE', string_agg(format('%s (%s)', privilege, attributes), ', ' ORDER BY privilege), name, holder),
       'a role of the service has more access than declared'
FROM (SELECT name, holder, privilege, string_agg(attribute, ', ' ORDER BY attribute) AS attributes FROM column_grant GROUP BY 1, 2, 3) AS c
GROUP BY name, holder
