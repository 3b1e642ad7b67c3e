SELECT 'ROLES', ordinal, service, format('ALTER ROLE %I PASSWORD NULL', login), 'somebody gave the login another password'
FROM changed_login
