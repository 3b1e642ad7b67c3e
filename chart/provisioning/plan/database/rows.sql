SELECT step <> 'REPORTED' AS is_needed, statement, reason,
       format('%s%s  -- %s', CASE WHEN step = 'REPORTED' THEN 'reported: ' END, regexp_replace(statement, '\n.*', ' ...'), reason) AS line
FROM difference AS d(rule, step, ordinal, statement, reason)
WHERE step = 'REPORTED' OR rule = 5 OR NOT EXISTS (SELECT FROM in_the_way)
ORDER BY rule, ordinal, statement
