-- Before anything is changed: what a worker is about to touch is forgotten, and only what it then finds well is remembered again. Reads the
-- table plan.
UPDATE shared_postgresql.login AS l SET digest = NULL FROM plan WHERE plan.step = 'INSIDE' AND plan.service = l.service;
-- Of a service that comes back more may be written than its last backup has.
UPDATE shared_postgresql.former_entry AS f SET sealed = NULL FROM plan
WHERE sealed IS NOT NULL AND plan.step = 'INSIDE' AND plan.remember ->> 'database' = f.database;
