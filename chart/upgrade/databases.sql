-- The databases that provisioning made for a service, whether values.yaml still has it or not, with the service's own login: a line each. What a restore
-- left beside is none of them.
SELECT d.oid, datname, l."user", l.service
FROM shared_postgresql.login AS l JOIN pg_database AS d ON d.datname = l.database
WHERE access = 'owner' AND service NOT LIKE '%+restored'
ORDER BY pg_database_size(d.oid), datname;
