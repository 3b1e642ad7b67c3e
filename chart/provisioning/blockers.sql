-- Ends the sessions of services that others have waited for too long, and names them: a row for each. PostgreSQL lets any login queue for
-- a lock on a shared catalog or a database before it asks for privileges, and then nobody logs in. Counted are waits for what all databases
-- share, waits of provisioning itself, and of whoever is still logging in, but none of a service's own session; older than the setting shared_postgresql.patience, in seconds.
-- Some functions of PostgreSQL heed nothing: who runs one is told to end, and named, once. Reads the tables watched and trusted,
-- and of catalogs what hold.sql holds.
WITH activity AS MATERIALIZED (
  SELECT pid, backend_start, usesysid, application_name, backend_type, state FROM pg_stat_get_activity(NULL)
), waiting AS MATERIALIZED (
  SELECT blocker.pid, min(wait.waitstart) AS since
  FROM pg_lock_status() AS wait LEFT JOIN activity AS a ON a.pid = wait.pid
  CROSS JOIN LATERAL unnest(pg_blocking_pids(wait.pid)) AS blocker(pid)
  WHERE NOT wait.granted AND wait.waitstart < clock_timestamp() - make_interval(secs => current_setting('shared_postgresql.patience')::integer)
    AND (a.usesysid IS NULL OR a.usesysid IN (SELECT role FROM trusted))
    AND (wait.database = 0 OR a.pid IS NULL OR a.backend_type = 'client backend' AND coalesce(a.usesysid, 0) = 0
         OR a.application_name LIKE 'shared-postgresql%')
  GROUP BY blocker.pid
), blocker AS MATERIALIZED (
  SELECT pid, coalesce(name, pg_get_userbyid(usesysid)) AS name, state, since, format('%s/%s', pid, backend_start) AS identity, pid IN (SELECT pid FROM pg_lock_status() WHERE NOT granted) AS is_waiting
  FROM waiting JOIN activity USING (pid) LEFT JOIN watched ON role = usesysid WHERE usesysid NOT IN (SELECT role FROM trusted)
), session AS MATERIALIZED (
  -- Whoever queues for everybody's lock goes first; who only holds a part of it keeps nobody waiting then.
  SELECT * FROM blocker WHERE (is_waiting OR NOT EXISTS (SELECT FROM blocker WHERE is_waiting))
    AND identity <> ALL (string_to_array(coalesce(current_setting('shared_postgresql.deaf', true), ''), E'\n'))
), told AS MATERIALIZED (
  -- All are told before one is waited for, and all are waited for together: many that heed nothing take no longer than one.
  SELECT *, sum(is_told::integer) OVER () AS together FROM (SELECT *, pg_terminate_backend(pid) AS is_told FROM session) AS each
)
SELECT CASE
  WHEN pg_terminate_backend(pid, greatest(1, 5000 - (1000 * extract(epoch FROM clock_timestamp() - statement_timestamp()))::integer))
       OR NOT pg_terminate_backend(pid)
  THEN format('server: ended session %s of %s (%s): others had waited for it for %s s', pid, name, state,
              extract(epoch FROM clock_timestamp() - since)::integer)
  ELSE format('server: session %s of %s keeps others waiting and heeds no termination: it ends with its statement, or with the server', pid, name)
       || left(set_config('shared_postgresql.deaf', concat_ws(E'\n', current_setting('shared_postgresql.deaf', true), identity), false), 0)
END AS line
FROM told WHERE is_told
