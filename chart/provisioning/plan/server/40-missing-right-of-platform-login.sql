SELECT 'ROLES', 0, NULL, format('GRANT %I TO %I', role, "user"), 'what a login of the platform needs for its work is missing'
FROM platform_login CROSS JOIN LATERAL unnest("memberOf") AS role WHERE (role, "user") NOT IN (SELECT role, member FROM membership)
