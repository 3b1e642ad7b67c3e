SELECT 'REPORTED', 0, NULL, format('DROP ROLE %I', rolname),
       'nobody declared this role' || CASE WHEN rolsuper THEN ', and it is a superuser' WHEN rolcreaterole THEN ', and it can make roles'
                                           WHEN rolbypassrls OR rolreplication THEN ', and it can read all data' ELSE '' END
FROM pg_roles
WHERE oid <> 10 AND rolname <> current_user AND rolname !~ '^pg_' AND rolname NOT IN (SELECT role FROM known_role)
