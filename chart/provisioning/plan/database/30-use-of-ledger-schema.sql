SELECT 'INSIDE', 0, format('GRANT USAGE ON SCHEMA shared_postgresql TO %I', "user"), 'the login role cannot use the ledger'
FROM service, ledger WHERE namespace IS NULL OR NOT EXISTS (
  SELECT FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(nspacl) AS a
  WHERE n.oid = namespace AND pg_get_userbyid(a.grantee) = "user" AND a.privilege_type = 'USAGE'
    -- An owner's own privileges go to the next owner.
    AND a.grantee <> n.nspowner)
