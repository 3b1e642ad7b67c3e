-- Where passwords come from elsewhere, somebody gave another login its turn and no other password.
SELECT 'REPORTED', l.ordinal, l.service, format('-- another password for %I, in its Secret', l.in_use),
       format('it has the one that %s had, in whose place it is, and whoever knew that comes in', made."user")
FROM login AS l JOIN fingerprint AS f USING (credential) JOIN second AS s ON s.credential = l.credential
JOIN record AS made ON made.database = l.database AND made."user" IN (s."user", s.second)
WHERE made."user" <> l.in_use AND made.fingerprint = f.value
