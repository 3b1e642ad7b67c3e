-- Whose the schema of the ledger is, with all in it: the admin's, nobody's because there is none, or another's.
SELECT CASE WHEN n.oid IS NULL THEN 'none'
            WHEN nspowner = 10 AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid AND relowner <> 10)
             AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = n.oid AND proowner <> 10)
             AND NOT EXISTS (SELECT FROM pg_type WHERE typnamespace = n.oid AND typowner <> 10) THEN 'admin'
            ELSE 'another' END
FROM (VALUES (1)) AS one LEFT JOIN pg_namespace AS n ON nspname = 'shared_postgresql';
