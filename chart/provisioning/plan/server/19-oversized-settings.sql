SELECT 'ROLES', d.ordinal, d.service, format('ALTER ROLE %I%s RESET ALL', d.role, ' IN DATABASE ' || quote_ident(datname)),
       'the settings of the role are too long to be read'
FROM oversized_role AS o JOIN pg_roles AS r ON r.oid = o.setrole JOIN declared_role AS d ON d.role = r.rolname
JOIN pg_db_role_setting AS s ON s.setrole = o.setrole LEFT JOIN pg_database ON pg_database.oid = s.setdatabase
