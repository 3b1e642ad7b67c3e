-- What a run ends with, a line in each row: what was not done, drift that is only reported, what is retained, and the count.
-- Reads the table plan as it is after the run.
WITH declared AS MATERIALIZED (
  SELECT entry ->> 'database' AS database, ARRAY(
           SELECT name FROM jsonb_array_elements(coalesce(entry -> 'roles', '[]') || entry) AS login
           CROSS JOIN LATERAL (SELECT login ->> 'user' UNION ALL SELECT left(login ->> 'user', 61) || '_2') AS each(name)) AS users
  FROM jsonb_array_elements(current_setting('shared_postgresql.desired')::jsonb -> 'services') AS entry
), retained AS (
  SELECT l.database, l."user", l.access, d.oid,
         l.access = 'owner' AND d.oid IS NOT NULL
           AND NOT EXISTS (SELECT FROM declared WHERE declared.database = l.database) AS with_database,
         EXISTS (SELECT FROM shared_postgresql.former_entry AS f JOIN pg_authid ON rolname = f."user" WHERE f.database = l.database
                   AND f."user" = l."user" AND sealed = encode(sha256(convert_to(rolpassword, 'UTF8')), 'hex')) AS is_backed_up
  FROM shared_postgresql.login AS l LEFT JOIN pg_database AS d ON d.datname = l.database
  WHERE l.service <> '+archive' AND l.access <> 'mover' AND l.service NOT LIKE '%+restored' AND NOT EXISTS (SELECT FROM declared WHERE declared.database = l.database AND l."user" = ANY (users))
    AND l."user" NOT IN (SELECT platform ->> 'user' FROM jsonb_array_elements(current_setting('shared_postgresql.desired')::jsonb -> 'platformLogins') AS platform)
    AND l.service NOT IN (SELECT service FROM plan WHERE step = 'REFUSED')
)
SELECT line FROM (
  SELECT 1, ordinal, rule, CASE step WHEN 'REFUSED' THEN format('%s: refused: %s: %s', service, reason, statement)
                                      ELSE format('%s: not done: %s', service, statement) END
  FROM plan WHERE step NOT IN ('INSIDE', 'REPORTED')
  UNION ALL
  SELECT 2, ordinal, rule, format('reported: %s: %s  -- %s', service, statement, reason) FROM plan WHERE step = 'REPORTED'
  UNION ALL
  SELECT 3, 0, 0, CASE WHEN with_database
    THEN format(E'retained: database %s and login role %s (locked); no service declares them\n'
                'retained: %4$s, enabled: false and drop: confirm-%1$s-%3$s in its entry drop database %1$s',
                database, "user", oid, CASE WHEN is_backed_up THEN 'its last backup was rehearsed' ELSE 'after its last backup' END)
    ELSE format('retained: login role %s (locked); %s', "user", CASE access WHEN 'platform' THEN 'the platform declares it no more' ELSE 'no service declares it' END) END
  FROM retained
  UNION ALL
  SELECT 4, 0, 0, format('%s services: %s well, %s not', total, total - failed, failed)
  FROM (SELECT (SELECT count(*) FROM declared) AS total,
               (SELECT count(DISTINCT service) FROM plan WHERE ordinal > 0 AND service NOT LIKE '+%' AND step <> 'REPORTED') AS failed) AS c
) AS row(part, ordinal, rule, line)
ORDER BY part, ordinal, rule, line
