-- What is nobody's in the records stays where it is.
SELECT format('server: database %s is no service''s: it stays in the data of PostgreSQL %s and nowhere else', datname, :'from')
FROM pg_database
WHERE datname NOT IN ('postgres', 'template0', 'template1')
  AND NOT EXISTS (SELECT FROM shared_postgresql.login AS l WHERE l.database = datname AND access = 'owner' AND service NOT LIKE '%+restored')
ORDER BY 1;
