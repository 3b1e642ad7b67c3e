-- What the statements of run.sql call. Reads the table plan. Made only when something is needed: the language alone takes longer to load than
-- a run without anything to do takes for most of its statements.

-- Runs a statement that must not keep the others waiting when it fails; what it leaves undone is found again at the end. Whoever was
-- waited for in vain is not waited for again: the rest of that service's statements is left out.
CREATE PROCEDURE pg_temp.run(service text, statement text) LANGUAGE plpgsql AS $procedure$
DECLARE
  message text;
  detail text;
  hint text;
  blocked text := current_setting('shared_postgresql.blocked', true);
BEGIN
  IF service = ANY (string_to_array(blocked, ' ')) THEN
    RETURN;
  END IF;
  BEGIN
    EXECUTE statement;
    RETURN;
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    IF SQLSTATE = '55P03' THEN
      PERFORM set_config('shared_postgresql.blocked', concat_ws(' ', blocked, service), false);
    END IF;
  END;
  RAISE WARNING '%: ERROR:  %', service, message;
  IF detail <> '' THEN RAISE WARNING '%: DETAIL:  %', service, detail; END IF;
  IF hint <> '' THEN RAISE WARNING '%: HINT:  %', service, hint; END IF;
END
$procedure$;

-- Writes down for which service the names of an entry are: what lives under a name that was not written down is somebody else's.
CREATE PROCEDURE pg_temp.record(entries jsonb) LANGUAGE sql AS $procedure$
  INSERT INTO shared_postgresql.login (database, "user", service, access)
  SELECT entry ->> 'database', login."user", entry ->> 'name', login.access
  FROM jsonb_array_elements(entries) AS entry
  CROSS JOIN LATERAL (
    SELECT entry ->> 'user', 'owner'
    UNION ALL
    SELECT entry ->> 'login', 'second' WHERE entry ? 'login'
    UNION ALL
    SELECT role ->> 'user', role ->> 'access' FROM jsonb_array_elements(coalesce(entry -> 'roles', '[]')) AS role
    UNION ALL
    SELECT role ->> 'login', 'second-of-role' FROM jsonb_array_elements(coalesce(entry -> 'roles', '[]')) AS role WHERE role ? 'login'
  ) AS login("user", access)
  ON CONFLICT (database, "user") DO UPDATE SET service = excluded.service, access = excluded.access
$procedure$;

-- The first transaction: the roles that services lack, all of a service's or none, with the record of whose they are.
CREATE PROCEDURE pg_temp.make_roles() LANGUAGE plpgsql AS $procedure$
DECLARE
  planned record;
  entries jsonb;
BEGIN
  FOR planned IN SELECT service, statement FROM plan WHERE step = 'ROLES' AND rule < 10 ORDER BY ordinal LOOP
    CALL pg_temp.run(planned.service, planned.statement);
  END LOOP;
  SELECT coalesce(jsonb_agg(remember -> 'entry'), '[]') INTO entries FROM plan
  WHERE step = 'INSIDE' AND remember -> 'entry' ? 'name' AND ordinal NOT IN (SELECT ordinal FROM plan WHERE rule = 10);
  CALL pg_temp.record(entries);
  FOR planned IN
    SELECT made.service, format('%s; CALL pg_temp.record(%L)', string_agg(made.statement, '; '), jsonb_build_array(inside.remember -> 'entry')) AS statement
    FROM plan AS made JOIN plan AS inside ON inside.ordinal = made.ordinal AND inside.step = 'INSIDE'
    WHERE made.rule = 10 GROUP BY made.ordinal, made.service, inside.remember ORDER BY made.ordinal
  LOOP
    CALL pg_temp.run(planned.service, planned.statement);
  END LOOP;
END
$procedure$;

-- The second: what else concerns roles, or the server as a whole. Thousands of statements wait for the disk once.
CREATE PROCEDURE pg_temp.run_together() LANGUAGE plpgsql AS $procedure$
DECLARE
  planned record;
BEGIN
  FOR planned IN
    SELECT service, statement FROM plan
    WHERE step = 'ROLES' AND rule > 10 OR step = 'DATABASES' AND ordinal = 0 ORDER BY rule, ordinal, statement
  LOOP
    CALL pg_temp.run(planned.service, planned.statement);
  END LOOP;
END
$procedure$;
