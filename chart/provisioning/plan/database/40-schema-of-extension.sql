-- Where a script runs as the admin, what it finds on its way must be the admin's as well.
SELECT 'INSIDE', 0, format('CREATE SCHEMA %I', schema) || CASE WHEN is_admins THEN '' ELSE format(' AUTHORIZATION %I', "user") END,
       'the schema of an extension is missing'
FROM missing_schema, service
