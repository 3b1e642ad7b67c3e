SELECT 'DROPS', 0, name, format('DROP DATABASE %I', database),
       'values.yaml confirms that it is dropped, ' || CASE WHEN without_backup THEN 'and that no backup is wanted' ELSE 'and its last backup was rehearsed' END
FROM dropped WHERE goes AND live_oid IS NOT NULL
