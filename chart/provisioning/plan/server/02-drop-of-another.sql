SELECT 'REFUSED', 0, d.name, format('-- the entry of %s drops its database', record.service),
       format('database %s was made for %s; nobody else drops it', d.database, record.service)
FROM document CROSS JOIN LATERAL jsonb_to_recordset(body -> 'dropped') AS d(name text, database text)
JOIN record ON record.database = d.database AND record.access = 'owner'
WHERE (d.database, d.name) NOT IN (SELECT database::text, service FROM record)
GROUP BY d.name, d.database, record.service
