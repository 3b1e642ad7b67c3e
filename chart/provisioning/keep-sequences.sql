-- Within the transaction in which schema files are tried: setval would stand after it is rolled back, and set back what those that insert rows go on from. So for
-- as long nobody may set a sequence that was there before; the owner may take that from himself, and nextval needs less.
DO $$
DECLARE
  statement text;
BEGIN
  FOR statement IN SELECT format('REVOKE UPDATE ON SEQUENCE %I.%I FROM CURRENT_USER', nspname, relname)
                   FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
                   WHERE relkind = 'S' AND relpersistence <> 't' AND pg_get_userbyid(relowner) = current_user LOOP
    EXECUTE statement;
  END LOOP;
END$$
