-- What became of schema files that were applied, in one row: those that have another name now, which stops the service, and those that are gone. Run by the
-- service's own login. Its input is the setting shared_postgresql.entry.
WITH declared AS (
  SELECT key AS name, value AS checksum FROM jsonb_each_text(current_setting('shared_postgresql.entry')::jsonb -> 'checksums')
), applied AS MATERIALIZED (
  SELECT name, checksum FROM shared_postgresql.schema_file WHERE strpos(name, ' ') = 0
), gone AS (
  SELECT name, checksum FROM applied WHERE name NOT IN (SELECT name FROM declared)
), renamed AS (
  SELECT DISTINCT ON (gone.name) d.name, gone.name AS former FROM declared AS d JOIN gone USING (checksum)
  WHERE d.name NOT IN (SELECT name FROM applied) ORDER BY gone.name, d.name
), lost AS (
  SELECT count(*) AS files, min(name) AS first FROM gone WHERE name NOT IN (SELECT former FROM renamed)
)
SELECT (SELECT format('schema file %s was applied as %s already; give it that name back, or it would be applied a second time', name, former)
        FROM renamed ORDER BY former LIMIT 1) AS renamed,
       CASE WHEN files > 0 THEN format('schema file %s was applied and is gone%s; a database that is made anew would be without it: put it back', first,
                                       CASE WHEN files > 1 THEN format(', and %s more', files - 1) ELSE '' END) END AS lost
FROM lost
