-- What an admin who is no superuser may not do is left out, and told.
SELECT 'REPORTED', 0, NULL, '-- ' || what, reason
FROM admin CROSS JOIN LATERAL (
  VALUES ('pg_hba.conf', format('%s is no superuser, so the server''s files are left alone: privileges and membership in the key alone keep services apart', current_user)),
         ('passwords', format('%s sees no verifiers: that somebody gave a login another password is not noticed', current_user)),
         ('logging', 'what is logged of a session is the provider''s to say: where it is DDL, verifiers of passwords are among it')
  UNION ALL
  SELECT 'temp_file_limit', 'only a superuser, or who was granted SET on it, limits the temporary files of a login: the server''s own limit holds'
  WHERE NOT has_parameter_privilege('temp_file_limit', 'SET')
  UNION ALL
  SELECT format('database %I', beyond.name), format('%s owns it, and PUBLIC may connect: services may open it, and read what PUBLIC may there', owner)
  FROM beyond JOIN live_privilege AS l ON l.database = beyond.name AND l.grantee = '' AND l.privilege = 'CONNECT'
  WHERE beyond.name IN ('postgres', 'template1', current_database())) AS left_out(what, reason)
WHERE NOT is_superuser
