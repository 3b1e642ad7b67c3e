-- Changes nothing itself: the statement selects the line with which a worker is started for a service, to see to its passwords
-- and to the inside of its database.
SELECT 'INSIDE', ordinal, service, statement, reason FROM worker WHERE reason <> ''
