-- A login that is in use again has another password; the former one opens nothing while that is set.
SELECT 'ROLES', ordinal, service,
       CASE WHEN rolcanlogin THEN format('ALTER ROLE %I PASSWORD NULL', login) ELSE format('DELETE FROM shared_postgresql.former_login WHERE "user" = %L', login) END,
       'it was rotated once more' || CASE WHEN rolcanlogin THEN ', before the time of its former login was over' ELSE '' END
FROM former_login WHERE has_returned
