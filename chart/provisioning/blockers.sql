-- Ends the sessions of services that others have waited for too long, and names them: a row for each. PostgreSQL lets any login queue for
-- a lock on a shared catalog or a database before it asks for privileges, and then nobody logs in. Counted are waits for what all databases
-- share, waits of provisioning itself, and of whoever is still logging in; older than the setting shared_postgresql.patience, in seconds.
-- A service's login is whoever is a member of a role with a database's name.
WITH waiting AS MATERIALIZED (
  SELECT blocker.pid, min(wait.waitstart) AS since
  FROM pg_locks AS wait
  LEFT JOIN pg_stat_activity AS a ON a.pid = wait.pid
  CROSS JOIN LATERAL unnest(pg_blocking_pids(wait.pid)) AS blocker(pid)
  WHERE NOT wait.granted AND wait.waitstart < clock_timestamp() - make_interval(secs => current_setting('shared_postgresql.patience')::integer)
    AND (wait.database = 0 OR a.pid IS NULL OR a.backend_type = 'client backend' AND a.usesysid IS NULL
         OR a.application_name LIKE 'shared-postgresql%' AND a.usesysid = (SELECT oid FROM pg_roles WHERE rolname = current_user))
  GROUP BY blocker.pid
), session AS MATERIALIZED (
  SELECT pid, usename, datname, state, since FROM waiting JOIN pg_stat_activity USING (pid)
  WHERE usesysid IN (SELECT member FROM pg_auth_members JOIN pg_roles AS granted ON granted.oid = roleid JOIN pg_database ON datname = granted.rolname)
)
SELECT format('server: ended session %s of %s in database %s (%s): others had waited for it for %s s', pid, usename, datname, state,
              extract(epoch FROM clock_timestamp() - since)::integer) AS line
FROM session WHERE pg_terminate_backend(pid)
