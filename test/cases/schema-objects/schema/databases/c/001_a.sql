DELETE FROM schema_migrations; ALTER TABLE auth.users ADD COLUMN a int;
