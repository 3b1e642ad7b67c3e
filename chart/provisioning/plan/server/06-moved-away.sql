-- It is retained like any other, and can be dropped by its entry.
SELECT 'ROLES', 0, NULL, format('UPDATE shared_postgresql.login SET service = %L WHERE service = %L', left(service, -6), service),
       'values.yaml has it no more since it was moved to another server'
FROM record WHERE service LIKE '%+moved' AND left(service, -6) NOT IN (SELECT name FROM listed_service) GROUP BY service
