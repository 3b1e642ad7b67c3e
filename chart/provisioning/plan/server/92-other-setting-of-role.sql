SELECT 'REPORTED', ordinal, service,
       CASE WHEN count > 20 THEN format('ALTER ROLE %I RESET ALL', role)
            ELSE format('ALTER ROLE %I%s RESET %I', role, CASE WHEN database <> '' THEN format(' IN DATABASE %I', database) END, left(setting, 63)) END,
       CASE WHEN count > 20 THEN format('%s settings of the role that nobody declared', count)
            ELSE format('a setting of the role that nobody declared: %s', regexp_replace(to_json(left(value, 60))::text, '^"|"$', '', 'g')) END
FROM (SELECT d.ordinal, d.service, d.role, l.database, l.setting, l.value, count(*) OVER (PARTITION BY d.role) AS count,
             row_number() OVER (PARTITION BY d.role) AS number
      FROM declared_role AS d JOIN live_setting AS l USING (role)
      WHERE NOT EXISTS (SELECT FROM declared_setting AS w WHERE w.role = d.role AND w.setting = l.setting)) AS other
WHERE count <= 20 OR number = 1
