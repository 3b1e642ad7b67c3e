SELECT 'INSIDE', 0, format('CREATE EXTENSION %I SCHEMA %I%s', name, coalesce(placements -> name ->> 'schema', 'public'), ' VERSION ' || quote_literal(placements -> name ->> 'version')),
       'the extension is missing'
FROM service CROSS JOIN LATERAL unnest(extensions) AS name WHERE name NOT IN (SELECT extname FROM pg_extension)
