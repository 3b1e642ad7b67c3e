SELECT 'DATABASES', ordinal, service,
       format('REVOKE %s%s ON DATABASE %I FROM %s CASCADE', CASE WHEN option_only THEN 'GRANT OPTION FOR ' END, privileges, database,
              CASE grantee WHEN '' THEN 'PUBLIC' ELSE quote_ident(grantee) END),
       'privileges that nobody declared'
FROM excess_privilege
