SELECT 'DATABASES', ordinal, service, format('GRANT %s ON DATABASE %I TO %I', privileges, database, grantee), 'privileges are missing'
FROM missing_privilege
