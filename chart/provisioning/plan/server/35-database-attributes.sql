SELECT 'DATABASES', s.ordinal, s.name, format('ALTER DATABASE %I ALLOW_CONNECTIONS true CONNECTION LIMIT -1 IS_TEMPLATE false', s.database),
       CASE WHEN d.oid IS NULL THEN 'its privileges are as declared now' ELSE 'attributes of the database differ' END
FROM service AS s LEFT JOIN pg_database AS d ON d.datname = s.database
WHERE d.oid IS NULL OR NOT d.datallowconn OR d.datconnlimit > -1 OR d.datistemplate
