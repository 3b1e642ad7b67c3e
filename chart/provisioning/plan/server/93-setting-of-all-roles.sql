SELECT 'REPORTED', 0, NULL, format('ALTER ROLE ALL RESET %I', setting), format('a setting of all roles that nobody declared: %s', regexp_replace(to_json(left(value, 60))::text, '^"|"$', '', 'g'))
FROM live_setting WHERE role = '' AND database = ''
