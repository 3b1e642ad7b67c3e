-- Whoever is no superuser gives a role's objects away, or alters what it would make, by its rights; a superuser needs none.
SELECT 'ROLES', d.ordinal, d.service, format('GRANT %I TO %I', role, current_user) || CASE WHEN needs_option THEN ' WITH INHERIT TRUE, SET TRUE' ELSE '' END,
       'the admin is no superuser, and does what needs the owner as a member of it'
FROM declared_role AS d CROSS JOIN admin LEFT JOIN pg_roles AS r ON r.rolname = d.role
WHERE NOT is_superuser AND d.ordinal > 0 AND d.connection_limit IS NOT NULL
  AND (r.oid IS NULL OR NOT (pg_has_role(r.oid, 'USAGE') AND pg_has_role(r.oid, CASE WHEN needs_option THEN 'SET' ELSE 'MEMBER' END)))
