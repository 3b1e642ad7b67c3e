-- What lies there keeps its place: a name that is taken is an error, and nothing of the extension runs.
SELECT 'INSIDE', 0, format('ALTER EXTENSION %I SET SCHEMA %I', name, target), 'the extension lies in another schema than values.yaml says'
FROM (SELECT name, target FROM misplaced_extension WHERE obstacle IS NULL
      UNION ALL SELECT name, target FROM missing_extension JOIN birthplace USING (name) WHERE birthplace.schema <> target) AS moved
