-- How a run goes, for psql and the driver alike: each executes these and prints what comes. Reads the table plan, whose rows have a step:
--   ROLES      roles, memberships, settings: what needs no database
--   DATABASES  the databases, their privileges and attributes; with the ordinal 0 those that no service declares
--   INSIDE     a worker for a service; the row's statement selects what it is started with
--   DROPS      what values.yaml confirms
--   REFUSED    what stops a service until a person decides: the statement is a line for its entry
--   REPORTED   drift that provisioning reports and never mends: the statement is for a person

PREPARE needed AS
SELECT count(*) > 0 AS needed FROM plan WHERE step <> 'REPORTED';

PREPARE planned AS
SELECT service, statement, reason, step = 'REPORTED' AS is_reported,
       CASE WHEN step = 'DROPS' THEN 'drops'
            WHEN step = 'ROLES' AND statement LIKE 'ALTER ROLE % NOLOGIN' THEN 'locks out' END AS danger
FROM plan WHERE step <> 'INSIDE' ORDER BY ordinal, rule, statement;

PREPARE announcement AS
SELECT format('%s: %s  -- %s', service, statement, reason) AS line FROM plan WHERE step NOT IN ('REFUSED', 'INSIDE', 'REPORTED')
ORDER BY ordinal, rule, statement;

PREPARE differences AS
SELECT format('%s: %s  -- %s', service, statement, reason) AS line FROM plan WHERE step NOT IN ('INSIDE', 'REPORTED')
ORDER BY ordinal, rule, statement;

PREPARE workers AS
SELECT service, statement, remember ->> 'database' AS database,
       EXISTS (SELECT FROM pg_database WHERE datname = remember ->> 'database') AS has_database
FROM plan WHERE step = 'INSIDE' ORDER BY ordinal;

-- Service after service, so that a worker begins as soon as its database is there. What creates a database cannot be called from a
-- procedure and stands for itself; what selects a row starts a worker with it. A service whose roles could not be made gets no database.
PREPARE one_by_one AS
SELECT CASE WHEN step = 'INSIDE' OR statement LIKE 'CREATE DATABASE %' THEN statement
            ELSE format('CALL pg_temp.run(%L, %L)', service, statement) END AS statement
FROM plan
WHERE step IN ('DATABASES', 'INSIDE') AND ordinal > 0 AND ordinal NOT IN (
  SELECT ordinal FROM plan WHERE step = 'INSIDE' AND (remember ->> 'database', remember -> 'entry' ->> 'user') NOT IN
    (SELECT database::text, "user"::text FROM shared_postgresql.login))
ORDER BY ordinal, rule, statement;

PREPARE confirmed_drops AS
SELECT CASE WHEN statement LIKE 'DROP DATABASE %' THEN statement ELSE format('CALL pg_temp.run(%L, %L)', service, statement) END AS statement
FROM plan WHERE step = 'DROPS' ORDER BY rule, statement;

PREPARE unfinished AS
SELECT DISTINCT service FROM plan WHERE step <> 'REPORTED' ORDER BY service;

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
    SELECT role ->> 'user', role ->> 'access' FROM jsonb_array_elements(coalesce(entry -> 'roles', '[]')) AS role
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
  WHERE step = 'INSIDE' AND ordinal NOT IN (SELECT ordinal FROM plan WHERE rule = 10);
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
