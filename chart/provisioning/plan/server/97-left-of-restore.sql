SELECT 'REPORTED', 0, NULL, format('-- database %I', datname), format('left by a restore of %s that was cut off; the next one removes it', split_part(service, '+', 1))
FROM record JOIN pg_database ON datname = record.database
WHERE service LIKE '%+restored' AND access = 'owner' AND datname NOT IN (SELECT database FROM restoring) AND datname NOT IN (SELECT database FROM listed_service)
