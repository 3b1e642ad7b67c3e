SELECT 'INSIDE', 0, format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', p.oid::regprocedure), 'a function of an allowed extension that is not for services'
FROM service CROSS JOIN LATERAL unnest(closed) AS signature
JOIN pg_proc AS p ON format('%s(%s)', proname, replace(oidvectortypes(proargtypes), ', ', ',')) = signature
JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
WHERE EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a WHERE a.grantee = 0)
