-- Nobody else applies schema files in this database meanwhile. A session of a run that is gone may still be at it, as nobody told it; it is not waited for: what
-- runs CONCURRENTLY waits for all that wait.
DO $$
DECLARE
  key bigint := hashtext('shared_postgresql.schema_file');
  pids text;
BEGIN
  IF pg_try_advisory_lock(key) THEN
    RETURN;
  END IF;
  SELECT string_agg(pid::text, ', ') INTO pids FROM pg_locks
  WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = key
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
  RAISE EXCEPTION 'session % still applies a schema file; what it began goes on until it ends, and the next run finds it', pids;
END
$$;
