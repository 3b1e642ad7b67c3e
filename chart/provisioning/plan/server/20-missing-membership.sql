SELECT 'ROLES', ordinal, service, format('GRANT %I TO %I', database, "user"), 'the login role cannot open its database'
FROM login WHERE NOT EXISTS (SELECT FROM membership WHERE role = database AND member = "user")
