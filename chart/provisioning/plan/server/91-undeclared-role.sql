SELECT 'REPORTED', 0, NULL, format('-- role %I', name),
       'nobody declared this role, and it stays as it is'
       || CASE WHEN rolsuper THEN '; it is a superuser' WHEN rolcreaterole THEN '; it can make roles' WHEN reads_all THEN '; it can read all data' ELSE '' END
FROM undeclared_role
