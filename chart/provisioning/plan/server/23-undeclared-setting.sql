SELECT 'ROLES', w.ordinal, w.service, format('ALTER ROLE %I RESET %I', w.role, w.setting), 'nobody declared this setting of the login role'
FROM declared_setting AS w JOIN live_setting AS l ON l.role = w.role AND l.database = '' AND l.setting = w.setting
WHERE w.value IS NULL
