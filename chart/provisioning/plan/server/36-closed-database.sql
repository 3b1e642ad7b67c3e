SELECT 'DATABASES', 0, NULL, format('REVOKE %s ON DATABASE %I FROM PUBLIC', array_to_string(privileges, ', '), name),
       'nobody declared this database, and values.yaml closes what nobody declared'
FROM undeclared_database, closing WHERE privileges <> '{}' AND name NOT IN (SELECT beyond.name FROM beyond)
