SELECT 'REPORTED', 0, NULL, '-- look at the log of the archive''s pod',
       format('the archive of the write-ahead log is %s behind, and more than the server keeps for it: a time since then may be lost',
              coalesce(pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 'too far'))
FROM pg_replication_slots WHERE slot_name = 'shared_postgresql_archive' AND wal_status IN ('unreserved', 'lost')
