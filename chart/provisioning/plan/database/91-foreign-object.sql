SELECT 'REPORTED', 0, format('ALTER %s OWNER TO %I', object, "user"),
       format('%s owns it in this database', owner) || CASE WHEN runs_as_owner THEN ', and it runs with that role''s rights' ELSE '' END
FROM foreign_object AS f, service
WHERE owner <> ALL (owners)
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = f.class AND objid = f.oid AND deptype IN ('e', 'i'))
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = f.class AND objid = f.oid AND refclassid = 'pg_namespace'::regclass
                    AND refobjid = to_regnamespace('shared_postgresql'))
