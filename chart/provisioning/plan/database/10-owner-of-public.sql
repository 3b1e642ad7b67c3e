SELECT 'INSIDE', 0, format('ALTER SCHEMA public OWNER TO %I', "user"), 'the login role must own schema public'
FROM service, pg_namespace WHERE nspname = 'public' AND pg_get_userbyid(nspowner) <> "user"
