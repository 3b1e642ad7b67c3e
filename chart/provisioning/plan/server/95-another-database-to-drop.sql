SELECT 'REPORTED', 0, name, format('drop: confirm-%s-%s', database, live_oid),
       format('values.yaml confirms to drop the database with the oid %s; this is another, and it stays', confirmed_oid)
FROM dropped WHERE live_oid <> confirmed_oid
