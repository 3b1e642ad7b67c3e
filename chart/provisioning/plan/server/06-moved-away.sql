-- It is retained like any other, and can be dropped by its entry.
SELECT 'ROLES', 0, NULL, format('UPDATE shared_postgresql.login SET service = %L WHERE service = %L', regexp_replace(service, '[+](moved|left)$', ''), service),
       'values.yaml has it no more since it was moved to another server, or stayed behind in an upgrade'
FROM record WHERE service ~ '[+](moved|left)$' AND regexp_replace(service, '[+](moved|left)$', '') NOT IN (SELECT name FROM listed_service) GROUP BY service
