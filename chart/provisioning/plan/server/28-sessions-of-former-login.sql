-- After it was locked, or its password taken, so that nobody comes back.
SELECT 'DATABASES', ordinal, service,
       format('SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = %L', login)
       || CASE WHEN has_returned THEN format('; DELETE FROM shared_postgresql.former_login WHERE "user" = %L', login) ELSE '' END,
       'whoever came by the former password of the login is sent away'
FROM former_login WHERE is_over AND (rolcanlogin OR has_sessions) OR has_returned AND rolcanlogin
