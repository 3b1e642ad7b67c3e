-- The admin adopts nothing: what a service could have made in the place of the ledger, or of what every session of the admin finds first,
-- would run, or be read, with the admin's rights. While it is there, nothing else is done (rows.sql).
SELECT 'INSIDE', 0, format('DO %L', format('BEGIN RAISE EXCEPTION USING MESSAGE = %L; END', format(
         'in the admin''s place is %s; the admin takes nothing over: move it away, or drop it, as its owner', string_agg(what, ', and ' ORDER BY what)))),
       'something of the service is in the admin''s place'
FROM in_the_way
HAVING count(*) > 0
