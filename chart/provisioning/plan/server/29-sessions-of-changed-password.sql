-- Before it has its own again, so that nobody comes back.
SELECT 'DATABASES', ordinal, service, format('SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = %L', login),
       'whoever came by a password that somebody gave the login is sent away'
FROM changed_login
