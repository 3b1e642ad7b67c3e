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
SELECT service, statement, reason, step = 'REPORTED' AS is_reported, step = 'REFUSED' AS is_refused,
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
