SELECT 'REFUSED', 0, name, format('drop: confirm-%s-%s-without-backup', database, live_oid),
       format('no backup of database %s was made and rehearsed since it was locked; make the last one (docs/backup.md), or drop it without one by this line', database)
FROM dropped WHERE live_oid = confirmed_oid AND NOT goes
