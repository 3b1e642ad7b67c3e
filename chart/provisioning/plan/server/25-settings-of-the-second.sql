-- What a login set for itself holds in its sessions whichever is in use. No statement takes settings over as they are: a list, for one, has quotes of its own.
SELECT 'ROLES', s.ordinal, s.service,
       format('DELETE FROM pg_db_role_setting WHERE setrole = %2$L::regrole AND setdatabase <> 0; '
              'INSERT INTO pg_db_role_setting SELECT setdatabase, %2$L::regrole, setconfig FROM pg_db_role_setting WHERE setrole = %1$L::regrole AND setdatabase <> 0; '
              'UPDATE pg_db_role_setting SET setconfig = ARRAY(SELECT c FROM unnest(setconfig) AS c WHERE split_part(c, ''='', 1) = ANY (%3$L)) || ARRAY('
              'SELECT c FROM pg_db_role_setting AS first CROSS JOIN unnest(first.setconfig) AS c WHERE setrole = %1$L::regrole AND setdatabase = 0 AND split_part(c, ''='', 1) <> ALL (%3$L)) '
              'WHERE setrole = %2$L::regrole AND setdatabase = 0',
              quote_ident(s."user"), quote_ident(s.second), ARRAY(SELECT jsonb_object_keys(s.settings)) || '{role}'),
       'what the login set for itself holds for the one that takes turns with it as well'
FROM second AS s
LEFT JOIN own_setting AS first ON first.role = s."user" LEFT JOIN own_setting AS other ON other.role = s.second
WHERE first.settings IS DISTINCT FROM other.settings AND (SELECT is_superuser FROM admin)
