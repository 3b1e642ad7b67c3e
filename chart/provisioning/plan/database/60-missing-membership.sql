-- The last statement of all: nobody opens a database before its inside is as declared. What an extension brings is closed in a second look.
SELECT 'INSIDE', 0, format('GRANT %I TO %I', door, login."user"), 'the login role cannot open its database'
FROM service CROSS JOIN LATERAL (
  SELECT service."user", database UNION ALL SELECT role."user", CASE access WHEN 'migrator' THEN service."user" ELSE database END FROM listed_role AS role) AS login("user", door)
WHERE (cardinality(closed) IS NULL OR NOT EXISTS (SELECT FROM missing_extension))
  AND NOT EXISTS (SELECT FROM pg_auth_members AS m JOIN pg_roles AS granted ON granted.oid = m.roleid JOIN pg_roles AS member ON member.oid = m.member
                  WHERE granted.rolname = door AND member.rolname = login."user")
