SELECT 'INSIDE', 0, format('ALTER EXTENSION %I UPDATE TO %L', extname, wanted.version), format('the extension is of version %s', extversion)
FROM service CROSS JOIN pg_extension CROSS JOIN LATERAL (SELECT placements -> extname::text ->> 'version') AS wanted(version)
WHERE extname = ANY (extensions || "adminExtensions") AND extversion <> wanted.version AND pg_get_userbyid(extowner) IN ("user", second)
