REINDEX TABLE p
SET ROLE adb
ALTER TABLE t OWNER TO adb
COMMENT ON CAST (text AS int) IS 'x'
COMMENT ON LARGE OBJECT 1 IS 'x'
COMMENT ON COLLATION "C" IS 'x'
CREATE SERVER z FOREIGN DATA WRAPPER y
CREATE AGGREGATE z (int) (SFUNC = int8_avg_accum, STYPE = internal)
CREATE CAST (int AS text) WITH INOUT
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))
CREATE FUNCTION z() RETURNS int LANGUAGE plv8 AS 'return 1'
DO LANGUAGE sql $$ SELECT 1 $$
CREATE USER MAPPING FOR adb_user SERVER z
IMPORT FOREIGN SCHEMA x FROM SERVER z INTO s
UPDATE pg_catalog.pg_class SET relname = 'x' WHERE false
INSERT INTO pg_catalog.pg_class SELECT * FROM pg_catalog.pg_class
DELETE FROM pg_enum
CREATE TABLE pg_catalog.z (a int)
CREATE TABLE shared_postgresql.z (a int)
ALTER TABLE shared_postgresql.schema_file ADD x int
DROP TABLE shared_postgresql.schema_file
DELETE FROM shared_postgresql.schema_file
SELECT pg_reload_conf()
SELECT pg_read_file('/etc/passwd')
CREATE TABLE zz (a int) USING columnar
ALTER OPERATOR FAMILY z USING btree RENAME TO y
DROP CAST (text AS int)
DROP FUNCTION pg_catalog.now()
ALTER FUNCTION pg_catalog.now() STABLE
DROP TYPE pg_catalog.int4
