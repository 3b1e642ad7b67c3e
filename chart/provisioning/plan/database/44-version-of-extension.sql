-- What the service owns it updates itself.
SELECT 'INSIDE', 0, statement, format('the extension is of version %s', version)
FROM update WHERE pinned IS NOT NULL AND NOT is_services AND statement IS NOT NULL
