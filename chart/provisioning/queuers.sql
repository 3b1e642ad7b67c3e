-- Ends the sessions of services that queue for what every login needs, to have it for themselves alone: a shared catalog, its index, a database.
-- PostgreSQL lets them queue before it asks for the privilege, which none of them has: no service loses what it may do. So it is not waited until
-- others have waited for long: a login needs some ten of these locks, one after the other. Names them: a row for each; who looks, looks again at
-- once when there was one. Reads the tables watched and trusted, and of catalogs what hold.sql holds.
WITH queue AS MATERIALIZED (
  SELECT DISTINCT pid FROM pg_lock_status()
  WHERE NOT granted AND database = 0 AND (
    locktype = 'relation' AND mode = 'AccessExclusiveLock'
    -- 1262 is pg_database. Of the databases the one without a number is what NOTIFY locks.
    OR locktype = 'object' AND classid = 1262 AND objid <> 0
       AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
), queuer AS MATERIALIZED (
  SELECT pid, coalesce(name, pg_get_userbyid(usesysid)) AS name
  FROM queue JOIN pg_stat_get_activity(NULL) AS a USING (pid) LEFT JOIN watched ON role = usesysid WHERE usesysid NOT IN (SELECT role FROM trusted)
)
SELECT format('server: ended session %s of %s: it queued for what every login needs', pid, name) AS line
FROM queuer WHERE pg_terminate_backend(pid, 5000)
