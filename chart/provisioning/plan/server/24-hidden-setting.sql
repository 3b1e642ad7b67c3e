SELECT 'ROLES', w.ordinal, w.service, format('ALTER ROLE %I IN DATABASE %I RESET %I', w.role, l.database, w.setting),
       'a setting for one database hides the one that is declared'
FROM declared_setting AS w JOIN live_setting AS l ON l.role = w.role AND l.database <> '' AND l.setting = w.setting
