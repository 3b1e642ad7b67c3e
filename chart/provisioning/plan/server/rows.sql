SELECT d.step, d.rule, d.ordinal, coalesce(d.service, 'server') AS service, d.statement, d.reason, worker.remember
FROM difference AS d(rule, step, ordinal, service, statement, reason)
LEFT JOIN worker ON d.step = 'INSIDE' AND worker.ordinal = d.ordinal
WHERE coalesce(coalesce(d.service, 'server') = ANY (string_to_array(nullif(current_setting('shared_postgresql.only', true), ''), ' ')), true)
