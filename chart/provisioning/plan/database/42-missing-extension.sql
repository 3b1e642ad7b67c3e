SELECT 'INSIDE', -depth, format('CREATE EXTENSION %I%s CASCADE', name, CASE WHEN schema IS NULL THEN ' SCHEMA shared_postgresql' END),
       'an extension that values.yaml allows is missing'
FROM missing_extension
