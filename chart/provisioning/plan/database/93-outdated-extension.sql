-- One that values.yaml pins is of the version that it should have.
SELECT 'REPORTED', 0, coalesce(statement, format('-- update %s where nothing of the service is found', name)), format('the extension is of version %s, and the server has %s', version, default_version)
FROM update WHERE pinned IS NULL
