SELECT 'DATABASES', s.ordinal, s.name, format('ALTER DATABASE %I RESET ALL', s.database),
       'a setting of the database reaches everybody''s sessions, the admin''s as well'
FROM service AS s JOIN live_setting AS l ON l.database = s.database AND l.role = '' GROUP BY s.ordinal, s.name, s.database
