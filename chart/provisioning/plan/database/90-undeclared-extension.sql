SELECT 'REPORTED', 0, format('DROP EXTENSION %I', extname),
       'nobody declared this extension' || CASE WHEN pg_get_userbyid(extowner) <> "user" THEN format(', and %s owns it', pg_get_userbyid(extowner)) ELSE '' END
FROM pg_extension, service
WHERE extname <> 'plpgsql' AND extname <> ALL (extensions) AND extname <> ALL ("adminExtensions")
  AND NOT EXISTS (SELECT FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.objid
                  WHERE d.classid = 'pg_extension'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = pg_extension.oid)
