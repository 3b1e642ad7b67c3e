-- A session goes on as the role that it has set, also when its login is a member of that no more: so whoever came in by what was taken back is sent away.
SELECT 'DATABASES', s.ordinal, s.name, format('SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = %L AND datname = %L', usename, s.database),
       'nobody declared that this login may be in the database, or be another there'
FROM pg_stat_activity AS a JOIN service AS s ON s.database = datname
WHERE usename IN (SELECT member FROM foreign_membership WHERE NOT is_own AND role IN (SELECT d.role FROM declared_role AS d WHERE d.ordinal = s.ordinal))
   OR usename IN (SELECT "user" FROM record WHERE access <> 'platform') AND (usename, s.database) NOT IN (SELECT "user", database FROM record)
GROUP BY s.ordinal, s.name, s.database, usename
