-- Before anything is changed: every login is written down, so that one of a service that never got well is known as well, and
-- what a worker is about to touch is forgotten: only what it then finds well is remembered again. Reads the table plan.
INSERT INTO shared_postgresql.login (database, "user", service, access)
SELECT entry ->> 'database', login."user", entry ->> 'name', login.access
FROM jsonb_array_elements(current_setting('shared_postgresql.desired')::jsonb -> 'services') AS entry
CROSS JOIN LATERAL (
  SELECT entry ->> 'user', 'owner'
  UNION ALL
  SELECT role ->> 'user', role ->> 'access' FROM jsonb_array_elements(coalesce(entry -> 'roles', '[]')) AS role
) AS login("user", access)
ON CONFLICT (database, "user") DO UPDATE SET service = excluded.service, access = excluded.access;
UPDATE shared_postgresql.login AS l SET digest = NULL FROM plan WHERE plan.step = 'INSIDE' AND plan.service = l.service;
