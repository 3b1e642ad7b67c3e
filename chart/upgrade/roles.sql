-- Statements that make all roles of this server in an empty one, with their passwords as SCRAM verifiers, and their memberships. From 16 on a membership says
-- itself whether it is inherited. A login may give itself a verifier of any length, which 18 and later refuse: it has no password then, until provisioning gives it one.
WITH role AS (SELECT *, rolname = 'postgres' AS is_admin FROM pg_authid WHERE rolname !~ '^pg_')
SELECT format('CREATE ROLE %I;', rolname) AS statement FROM role WHERE NOT is_admin
UNION ALL
SELECT format('ALTER ROLE %I WITH %s CONNECTION LIMIT %s PASSWORD %L%s;', rolname, concat_ws(' ',
         CASE WHEN rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
         CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END, CASE WHEN rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
         CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END, CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
         CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END), rolconnlimit, CASE WHEN octet_length(rolpassword) <= 512 THEN rolpassword END, ' VALID UNTIL ' || quote_literal(rolvaliduntil))
FROM role
UNION ALL
SELECT format('GRANT %I TO %I%s;', granted.rolname, member.rolname, ' WITH ' || nullif(concat_ws(', ',
         CASE WHEN m.admin_option THEN 'ADMIN OPTION' END,
         'INHERIT ' || (to_jsonb(m) ->> 'inherit_option'), 'SET ' || (to_jsonb(m) ->> 'set_option')), ''))
FROM pg_auth_members AS m JOIN pg_roles AS granted ON granted.oid = roleid JOIN pg_roles AS member ON member.oid = m.member
WHERE member.rolname !~ '^pg_'
UNION ALL
SELECT format('GRANT %s ON PARAMETER %I TO %I%s;', privilege_type, parname, rolname, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
FROM pg_parameter_acl CROSS JOIN LATERAL aclexplode(paracl) AS a JOIN pg_roles AS r ON r.oid = grantee WHERE r.oid <> 10;
