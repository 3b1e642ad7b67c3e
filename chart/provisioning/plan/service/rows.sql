SELECT statement, reason
FROM difference AS d(rule, step, ordinal, statement, reason)
ORDER BY rule, ordinal, statement
