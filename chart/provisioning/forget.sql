-- Before anything is changed: what a worker is about to touch is forgotten, and only what it then finds well is remembered again. Reads the
-- table plan.
UPDATE shared_postgresql.login AS l SET digest = NULL FROM plan WHERE plan.step = 'INSIDE' AND plan.service = l.service;
