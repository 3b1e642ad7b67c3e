-- Another image has another library, which may order texts otherwise than their indexes do.
SELECT 'REPORTED', s.ordinal, s.name, format('REINDEX DATABASE %I; ALTER DATABASE %1$I REFRESH COLLATION VERSION', s.database),
       format('its indexes were made when the version of its collation was %s, and now it is %s: queries may miss rows until they are made anew', datcollversion, actual)
FROM service AS s JOIN pg_database AS d ON d.datname = s.database CROSS JOIN LATERAL pg_database_collation_actual_version(d.oid) AS actual
WHERE datcollversion <> actual
