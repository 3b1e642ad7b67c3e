-- What provisioning remembers of databases is of those that are here: each is looked into anew.
UPDATE shared_postgresql.login SET database_oid = (SELECT oid FROM pg_database WHERE datname = database), digest = '' WHERE digest IS NOT NULL;
