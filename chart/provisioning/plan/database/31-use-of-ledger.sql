SELECT 'INSIDE', 0, format('GRANT SELECT, INSERT ON shared_postgresql.schema_file TO %I', "user"), 'the login role cannot use the ledger'
FROM service, ledger WHERE ledger.table IS NULL OR 2 > (
  SELECT count(*) FROM pg_class AS c CROSS JOIN LATERAL aclexplode(relacl) AS a
  WHERE c.oid = ledger.table AND pg_get_userbyid(a.grantee) = "user" AND a.privilege_type IN ('SELECT', 'INSERT')
    AND a.grantee <> c.relowner)
