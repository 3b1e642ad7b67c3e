SELECT 'INSIDE', 0, format('DROP OWNED BY %I', role), 'values.yaml confirms to drop the role, and privileges on objects of this service would keep it alive'
FROM service CROSS JOIN LATERAL unnest("droppedRoles") AS role
WHERE NOT EXISTS (SELECT FROM pg_shdepend JOIN pg_database AS here ON here.oid = dbid
                  WHERE here.datname = current_database() AND refobjid = to_regrole(quote_ident(role)) AND deptype = 'o')
