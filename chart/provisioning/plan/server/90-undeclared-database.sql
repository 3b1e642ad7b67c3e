SELECT 'REPORTED', 0, NULL, format('DROP DATABASE %I', datname),
       'nobody declared this database' || CASE WHEN EXISTS (SELECT FROM live_privilege AS l WHERE l.database = datname AND l.grantee = '' AND l.privilege = 'CONNECT')
                                               THEN ', and PUBLIC may connect to it' ELSE '' END
FROM pg_database
WHERE datname NOT IN ('postgres', 'template0', 'template1') AND datname NOT IN (SELECT role FROM known_role)
