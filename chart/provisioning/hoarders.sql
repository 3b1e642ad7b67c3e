-- Ends the sessions of a service that together hold so many locks that the server's table of locks is about to be full: nobody logs in then,
-- and no time-out applies to a session that is idle. Names them: a row for each. Reads the tables watched and trusted, and of catalogs what hold.sql holds.
WITH held AS MATERIALIZED (
  SELECT pid, usesysid, format('%s/%s', pid, backend_start) AS identity, count(*) AS locks, sum(count(*)) OVER (PARTITION BY a.datid) AS together
  FROM pg_lock_status() AS l JOIN pg_stat_get_activity(NULL) AS a USING (pid)
  WHERE NOT l.fastpath AND usesysid NOT IN (SELECT role FROM trusted) GROUP BY pid, usesysid, backend_start, a.datid
), hoarder AS MATERIALIZED (
  -- A step of its own: conditions beside each other are tested in any order, and one of them ends sessions.
  SELECT pid, coalesce(name, pg_get_userbyid(usesysid)) AS name, locks, identity FROM held LEFT JOIN watched ON role = usesysid
  WHERE together > current_setting('max_locks_per_transaction')::bigint * current_setting('max_connections')::bigint / 2
    AND identity <> ALL (string_to_array(coalesce(current_setting('shared_postgresql.deaf', true), ''), E'\n'))
), told AS MATERIALIZED (
  -- All are told before one is waited for, and all are waited for together: many that heed nothing take no longer than one.
  SELECT *, sum(is_told::integer) OVER () AS together FROM (SELECT *, pg_terminate_backend(pid) AS is_told FROM hoarder) AS each
)
SELECT CASE
  WHEN pg_terminate_backend(pid, greatest(1, 5000 - (1000 * extract(epoch FROM clock_timestamp() - statement_timestamp()))::integer))
       OR NOT pg_terminate_backend(pid)
  THEN format('server: ended session %s of %s: its locks, %s, and those beside them filled the table that all services share', pid, name, locks)
  ELSE format('server: session %s of %s fills the table of locks and heeds no termination: it ends with its statement, or with the server', pid, name)
       || left(set_config('shared_postgresql.deaf', concat_ws(E'\n', current_setting('shared_postgresql.deaf', true), identity), false), 0)
END AS line
FROM told WHERE is_told
