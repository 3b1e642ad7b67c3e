SELECT 'ROLES', ordinal, service, format('GRANT %I TO %I', "user", second), 'the second login of the service must be a member of the first'
FROM second WHERE ("user", second) NOT IN (SELECT role, member FROM membership)
