SELECT 'DATABASES', s.ordinal, s.name, format('ALTER DATABASE %I ALLOW_CONNECTIONS true CONNECTION LIMIT -1 IS_TEMPLATE false', s.database),
       'attributes of the database differ'
FROM service AS s JOIN pg_database AS d ON d.datname = s.database
WHERE NOT d.datallowconn OR d.datconnlimit > -1 OR d.datistemplate
