SELECT 'REPORTED', 0, NULL, format('ALTER ROLE ALL RESET %I', setting), format('a setting of all roles that nobody declared: %s', left(value, 60))
FROM live_setting WHERE role = '' AND database = ''
