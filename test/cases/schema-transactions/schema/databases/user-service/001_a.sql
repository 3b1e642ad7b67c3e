CREATE TABLE a ();
-- done
COMMIT;
