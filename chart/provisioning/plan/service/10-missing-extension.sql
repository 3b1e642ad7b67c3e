SELECT 'INSIDE', 0, format('CREATE EXTENSION %I SCHEMA public', name), 'the extension is missing'
FROM service CROSS JOIN LATERAL unnest(extensions) AS name WHERE name NOT IN (SELECT extname FROM pg_extension)
