-- Remembers when the logins were seen that are in the place of others, and these. Reads the table rotating, and no catalog.
SELECT WHERE set_config('shared_postgresql.seen', (
  SELECT (coalesce(nullif(current_setting('shared_postgresql.seen', true), ''), '{}')::jsonb
          || coalesce(jsonb_object_agg(usesysid, extract(epoch FROM clock_timestamp())), '{}'))::text
  FROM pg_stat_get_activity(NULL) WHERE usesysid IN (SELECT former FROM rotating UNION ALL SELECT successor FROM rotating)), false) IS NULL
