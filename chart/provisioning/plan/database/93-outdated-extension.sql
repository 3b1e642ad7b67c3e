SELECT 'REPORTED', 0, format('ALTER EXTENSION %I UPDATE', extname), format('the extension is of version %s, and the server has %s', extversion, default_version)
FROM service JOIN pg_extension ON extname = ANY (extensions || "adminExtensions") JOIN pg_available_extensions AS available ON available.name = extname
WHERE extversion <> default_version
