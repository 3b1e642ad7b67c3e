-- What the service made itself, as tools that migrate do, is its own business.
SELECT 'REPORTED', 0, format('DROP EXTENSION %I', extname), format('nobody declared this extension, and %s owns it', pg_get_userbyid(extowner))
FROM pg_extension, service
WHERE extname <> 'plpgsql' AND extname <> ALL (extensions) AND extname <> ALL ("adminExtensions") AND pg_get_userbyid(extowner) <> "user"
  AND NOT EXISTS (SELECT FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.objid
                  WHERE d.classid = 'pg_extension'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = pg_extension.oid)
