SELECT 'INSIDE', 0, format('REVOKE %s ON %s FROM %s CASCADE', string_agg(privilege, ', ' ORDER BY privilege), object, grantee), 'privileges on the ledger that nobody declared'
FROM ledger_privilege GROUP BY object, grantee
