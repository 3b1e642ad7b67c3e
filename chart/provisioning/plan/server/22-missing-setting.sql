SELECT 'ROLES', ordinal, service, format('ALTER ROLE %I SET %I = %s', role, setting, CASE WHEN is_list THEN value ELSE quote_literal(value) END),
       'a limit of the login role differs'
FROM declared_setting AS w
WHERE value IS NOT NULL AND NOT EXISTS (SELECT FROM live_setting AS l WHERE l.role = w.role AND l.database = ''
                                          AND l.setting = w.setting AND l.value = w.live_value)
