CREATE TYPE note_kind AS ENUM ('long');
CREATE TABLE notes (id int);
SELECT uuid_generate_v4();
CREATE PROCEDURE tidy() LANGUAGE plpgsql AS 'BEGIN COMMIT; END';
CALL tidy();
SELECT to_regclass('/* schema */notes'), '[]'::text[];
