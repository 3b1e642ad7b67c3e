SELECT 'ROLES', ordinal, service, format('GRANT %I TO %I', role, "user"), 'the login must show a certificate'
FROM certified WHERE (role, "user") NOT IN (SELECT role, member FROM membership)
