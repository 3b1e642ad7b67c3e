-- Nobody else applies schema files in this database meanwhile. A session of a run that is gone may still be at it, as nobody told it; it is not waited for: what
-- runs CONCURRENTLY waits for all that wait.
DO $$
DECLARE
  key bigint := hashtext('shared_postgresql.schema_file');
  others text;
  pids text;
BEGIN
  IF pg_try_advisory_lock(key) THEN
    RETURN;
  END IF;
  -- Any role of the service may hold the lock, and only its login applies schema files, by either of the two that take turns.
  SELECT string_agg(pid::text, ', ') FILTER (WHERE is_own), string_agg(format('%s of %s', pid, usename), ', ') FILTER (WHERE NOT is_own) INTO pids, others
  FROM pg_locks JOIN pg_stat_activity USING (pid)
  CROSS JOIN LATERAL (SELECT usename IN (current_user, left(current_user, 61) || '_2')) AS o(is_own)
  WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = key
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database());
  IF others IS NOT NULL THEN
    RAISE EXCEPTION 'session % holds the lock for applying schema files, and applies none; end it', others;
  END IF;
  RAISE EXCEPTION 'session % still applies a schema file; what it began goes on until it ends, and the next run finds it', pids;
END
$$;
