-- After it was locked, so that nobody comes back.
SELECT 'DATABASES', 0, NULL, format('SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = %L', rolname),
       'whoever came by a login that the platform declares no more is sent away'
FROM record JOIN pg_roles AS r ON rolname = "user"
WHERE access = 'platform' AND service <> '+archive' AND "user" NOT IN (SELECT "user" FROM listed_platform_login)
  AND (rolcanlogin OR r.oid IN (SELECT usesysid FROM pg_stat_activity))
