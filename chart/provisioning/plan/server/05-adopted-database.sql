SELECT 'ROLES', f.ordinal, f.service, format('UPDATE shared_postgresql.login SET service = %L WHERE database = %L', f.service, f.name),
       'values.yaml confirms that the service takes the database over'
FROM foreign_name AS f WHERE f.kind = 'database' AND f.ordinal IN (SELECT ordinal FROM service)
