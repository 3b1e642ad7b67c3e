SELECT 'REPORTED', d.ordinal, d.service, format('ALTER ROLE %I%s RESET %I', d.role,
         CASE WHEN l.database <> '' THEN format(' IN DATABASE %I', l.database) END, l.setting),
       format('a setting of the role that nobody declared: %s', regexp_replace(to_json(left(l.value, 60))::text, '^"|"$', '', 'g'))
FROM declared_role AS d JOIN live_setting AS l USING (role)
WHERE NOT EXISTS (SELECT FROM declared_setting AS w WHERE w.role = d.role AND w.setting = l.setting)
