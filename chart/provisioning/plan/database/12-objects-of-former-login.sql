SELECT 'INSIDE', 0, format('REASSIGN OWNED BY %I TO %I', former.rolname, "user"),
       CASE WHEN former.rolname = database THEN 'what the role that opens the database owns belongs to the service'
            WHEN former.rolname = second THEN 'what its second login role made belongs to the first' WHEN former.rolname = ANY ("formerUsers") THEN 'the service has another login role now'
            ELSE 'what a migrator made belongs to the service' END
FROM service JOIN pg_roles AS former ON former.rolname = ANY (owners) AND former.rolname <> "user"
WHERE EXISTS (SELECT FROM pg_shdepend JOIN pg_database AS here ON here.oid = dbid
              WHERE here.datname = current_database() AND refobjid = former.oid AND deptype = 'o' AND classid <> 'pg_default_acl'::regclass)
