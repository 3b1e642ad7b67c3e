-- What nobody receives any more would fill the volume. Its receiver, if it still runs, has no login to come back with.
SELECT 'ROLES', 0, NULL,
       format('SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots WHERE slot_name = %L AND active; SELECT pg_drop_replication_slot(%1$L)', slot_name),
       'nobody archives the write-ahead log any more'
FROM pg_replication_slots WHERE slot_name = 'shared_postgresql_archive' AND slot_name NOT IN (SELECT "user" FROM listed_platform_login)
