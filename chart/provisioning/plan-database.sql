-- The diff inside one service's database: a row for each statement that the admin still has to run there.
-- It only reads the system catalogs: nothing that the service owns is ever evaluated by the admin.
-- Its input is the setting shared_postgresql.entry: the service's entry of the desired state.
WITH service AS (
  SELECT * FROM jsonb_to_record(current_setting('shared_postgresql.entry')::jsonb) AS s(name text, "user" text, "formerUsers" text[])
), ledger AS (
  SELECT 'shared_postgresql'::text AS schema, to_regnamespace('shared_postgresql') AS namespace,
         to_regclass('shared_postgresql.schema_file') AS table,
         to_regprocedure('shared_postgresql.apply_schema_file(text,text,text)') AS function
), apply_function AS (
  SELECT $body$
    DECLARE
      applied text;
    BEGIN
      PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('shared_postgresql.schema_file'));
      SELECT f.checksum INTO applied FROM shared_postgresql.schema_file AS f
      WHERE f.name OPERATOR(pg_catalog.=) apply_schema_file.name;
      IF applied OPERATOR(pg_catalog.=) apply_schema_file.checksum THEN
        RETURN 'unchanged';
      ELSIF applied IS NOT NULL THEN
        RAISE EXCEPTION 'schema file % was edited after it was applied', apply_schema_file.name
          USING HINT = 'Restore its text and put the change into a new schema file.';
      END IF;
      -- The last statement is ours because PL/pgSQL refuses a text that ends in SELECT INTO.
      EXECUTE content OPERATOR(pg_catalog.||) E'\n;SELECT 1';
      INSERT INTO shared_postgresql.schema_file (name, checksum)
      VALUES (apply_schema_file.name, apply_schema_file.checksum);
      RETURN 'applied';
    END
  $body$::text AS body
)
SELECT step, statement, reason
FROM (
  SELECT 10, format('ALTER SCHEMA public OWNER TO %I', "user"), 'the login role must own schema public'
  FROM service, pg_namespace WHERE nspname = 'public' AND pg_get_userbyid(nspowner) <> "user"
  UNION ALL
  SELECT 11, format('REVOKE %s ON SCHEMA public FROM PUBLIC', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)),
         'schema public is open to PUBLIC'
  FROM pg_namespace CROSS JOIN LATERAL aclexplode(nspacl) AS a WHERE nspname = 'public' AND a.grantee = 0
  HAVING count(*) > 0
  UNION ALL
  SELECT 12, format('REASSIGN OWNED BY %I TO %I', former.rolname, "user"), 'the service has another login role now'
  FROM service JOIN pg_roles AS former ON former.rolname = ANY ("formerUsers")
  WHERE EXISTS (SELECT FROM pg_shdepend JOIN pg_database AS here ON here.oid = dbid
                WHERE here.datname = current_database() AND refobjid = former.oid AND deptype = 'o')
  UNION ALL
  SELECT 20, format('CREATE SCHEMA %I AUTHORIZATION %I', schema, current_user), 'the ledger is missing'
  FROM ledger WHERE namespace IS NULL
  UNION ALL
  SELECT 21, format('ALTER SCHEMA %I OWNER TO %I', schema, current_user), 'the admin must own the ledger'
  FROM ledger JOIN pg_namespace AS n ON n.oid = namespace WHERE pg_get_userbyid(nspowner) <> current_user
  UNION ALL
  SELECT 22, 'CREATE TABLE shared_postgresql.schema_file (name text COLLATE "C" PRIMARY KEY, checksum text NOT NULL, '
             'applied timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp())', 'the ledger is missing'
  FROM ledger WHERE ledger.table IS NULL
  UNION ALL
  SELECT 23, format('ALTER TABLE shared_postgresql.schema_file OWNER TO %I', current_user), 'the admin must own the ledger'
  FROM ledger JOIN pg_class AS c ON c.oid = ledger.table WHERE pg_get_userbyid(relowner) <> current_user
  UNION ALL
  SELECT 24, format('CREATE OR REPLACE FUNCTION shared_postgresql.apply_schema_file(name text, checksum text, content text) '
                    'RETURNS text LANGUAGE plpgsql AS %L', body), 'the function that applies schema files differs'
  FROM apply_function WHERE NOT EXISTS (SELECT FROM ledger JOIN pg_proc AS p ON p.oid = ledger.function WHERE p.prosrc = body)
  UNION ALL
  SELECT 30, format('GRANT USAGE ON SCHEMA shared_postgresql TO %I', "user"), 'the login role cannot use the ledger'
  FROM service, ledger WHERE namespace IS NULL OR NOT EXISTS (
    SELECT FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(nspacl) AS a
    WHERE n.oid = namespace AND pg_get_userbyid(a.grantee) = "user" AND a.privilege_type = 'USAGE')
  UNION ALL
  SELECT 31, format('GRANT SELECT, INSERT ON shared_postgresql.schema_file TO %I', "user"), 'the login role cannot use the ledger'
  FROM service, ledger WHERE ledger.table IS NULL OR 2 > (
    SELECT count(*) FROM pg_class AS c CROSS JOIN LATERAL aclexplode(relacl) AS a
    WHERE c.oid = ledger.table AND pg_get_userbyid(a.grantee) = "user" AND a.privilege_type IN ('SELECT', 'INSERT'))
) AS row(step, statement, reason)
ORDER BY step, statement
