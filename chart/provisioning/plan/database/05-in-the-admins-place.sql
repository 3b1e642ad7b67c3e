-- The admin adopts nothing: what a service could have made in the place of the ledger would run, or be read, with the admin's rights.
SELECT 'INSIDE', 0, format('DO %L', format('BEGIN RAISE %L; END',
         string_agg(format('%s is where only the admin puts something, and the admin takes nothing over', what), '; ' ORDER BY what)
         || '; move it away, or drop it, as its owner')), 'something of the service is in the admin''s place'
FROM in_the_way
HAVING count(*) > 0
