-- Statements that give roles, in all databases or in :database alone, the settings that they have. They are rows, because no statement sets a list as it stands
-- there. A service may set what it likes for its own logins: nobody carries gigabytes of it.
SELECT format('INSERT INTO pg_db_role_setting SELECT coalesce((SELECT oid FROM pg_database WHERE datname = %L), 0), coalesce((SELECT oid FROM pg_roles WHERE rolname = %L), 0), %L::text[];',
         datname, rolname, setconfig)
FROM pg_db_role_setting AS s LEFT JOIN pg_database AS d ON d.oid = setdatabase LEFT JOIN pg_roles AS r ON r.oid = setrole
WHERE datname IS NOT DISTINCT FROM nullif(:'database', '') AND pg_column_size(setconfig) <= 65536
  AND rolname IS DISTINCT FROM 'shared_postgresql_upgrading';
