SELECT 'DROPS', 0, name, format('DROP DATABASE %I', database), 'values.yaml confirms that it is dropped, and that a final dump was made'
FROM dropped WHERE live_oid = confirmed_oid
