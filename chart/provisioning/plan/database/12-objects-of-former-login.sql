SELECT 'INSIDE', 0, format('REASSIGN OWNED BY %I TO %I', former.rolname, "user"), 'the service has another login role now'
FROM service JOIN pg_roles AS former ON former.rolname = ANY ("formerUsers")
WHERE EXISTS (SELECT FROM pg_shdepend JOIN pg_database AS here ON here.oid = dbid
              WHERE here.datname = current_database() AND refobjid = former.oid AND deptype = 'o' AND classid <> 'pg_default_acl'::regclass)
