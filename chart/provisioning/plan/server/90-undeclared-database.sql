SELECT 'REPORTED', 0, NULL, format('DROP DATABASE %I', datname), 'nobody declared this database'
FROM pg_database
WHERE datname NOT IN ('postgres', 'template0', 'template1') AND datname NOT IN (SELECT role FROM known_role)
