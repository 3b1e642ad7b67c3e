SELECT 'INSIDE', 0, format('DROP OWNED BY %I', former.rolname), 'default privileges of a former login role of the service'
FROM service JOIN pg_roles AS former ON former.rolname = ANY ("formerUsers")
WHERE former.oid IN (SELECT defaclrole FROM pg_default_acl)
