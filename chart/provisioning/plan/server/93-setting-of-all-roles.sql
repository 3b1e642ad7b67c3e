SELECT 'REPORTED', 0, NULL, format('ALTER ROLE ALL RESET %I', setting), format('a setting of all roles that nobody declared: %s', btrim(to_json(left(value, 60))::text, '"'))
FROM live_setting WHERE role = '' AND database = ''
