-- How a run goes, for psql and the driver alike: each executes these and prints what comes. Reads the table plan, whose rows have a step:
--   ROLES      roles, memberships, settings: what needs no database
--   DATABASES  the databases, their privileges and attributes; with the ordinal 0 those that no service declares
--   INSIDE     a worker for a service; the row's statement selects what it is started with
--   DROPS      what values.yaml confirms
--   REPORTED   drift that provisioning reports and never mends: the statement is for a person

PREPARE needed AS
SELECT count(*) > 0 AS needed FROM plan WHERE step <> 'REPORTED';

PREPARE planned AS
SELECT service, statement, reason, step = 'REPORTED' AS is_reported FROM plan WHERE step <> 'INSIDE' ORDER BY ordinal, rule, statement;

PREPARE announcement AS
SELECT format('%s: %s  -- %s', service, statement, reason) AS line FROM plan WHERE step NOT IN ('INSIDE', 'REPORTED')
ORDER BY ordinal, rule, statement;

PREPARE workers AS
SELECT service, statement, remember ->> 'database' AS database,
       EXISTS (SELECT FROM pg_database WHERE datname = remember ->> 'database') AS has_database
FROM plan WHERE step = 'INSIDE' ORDER BY ordinal;

-- Service after service, so that a worker begins as soon as its database is there. What creates a database cannot be called from a
-- procedure and stands for itself; what selects a row starts a worker with it.
PREPARE one_by_one AS
SELECT CASE WHEN step = 'INSIDE' OR statement LIKE 'CREATE DATABASE %' THEN statement
            ELSE format('CALL pg_temp.run(%L, %L)', service, statement) END AS statement
FROM plan WHERE step IN ('DATABASES', 'INSIDE') AND ordinal > 0 ORDER BY ordinal, rule, statement;

PREPARE confirmed_drops AS
SELECT CASE WHEN statement LIKE 'DROP DATABASE %' THEN statement ELSE format('CALL pg_temp.run(%L, %L)', service, statement) END AS statement
FROM plan WHERE step = 'DROPS' ORDER BY rule, statement;

PREPARE unfinished AS
SELECT DISTINCT service FROM plan WHERE step <> 'REPORTED' ORDER BY service;

-- Runs a statement that must not keep the others waiting when it fails. What it leaves undone is found again at the end.
CREATE PROCEDURE pg_temp.run(service text, statement text) LANGUAGE plpgsql AS $procedure$
DECLARE
  message text;
  detail text;
  hint text;
BEGIN
  EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RAISE WARNING '%: ERROR:  %', service, message;
  IF detail <> '' THEN RAISE WARNING '%: DETAIL:  %', service, detail; END IF;
  IF hint <> '' THEN RAISE WARNING '%: HINT:  %', service, hint; END IF;
END
$procedure$;

-- One transaction for what concerns roles, or the server as a whole: thousands of statements wait for the disk once.
CREATE PROCEDURE pg_temp.run_together() LANGUAGE plpgsql AS $procedure$
DECLARE
  planned record;
BEGIN
  FOR planned IN
    SELECT service, statement FROM plan
    WHERE step = 'ROLES' OR step = 'DATABASES' AND ordinal = 0 ORDER BY rule, ordinal, statement
  LOOP
    CALL pg_temp.run(planned.service, planned.statement);
  END LOOP;
END
$procedure$;
