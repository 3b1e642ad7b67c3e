-- What a schema file says, as statements that are tried one by one in a transaction that is rolled back, by the function that would apply the file. Run by the
-- service's own login. Its inputs are the settings shared_postgresql.entry, file and content.
WITH input AS (
  SELECT file, string_to_array(current_setting('shared_postgresql.content'), E'\n') AS texts,
         string_to_array(coalesce(current_setting('shared_postgresql.entry')::jsonb -> 'lines' ->> file, '1'), ' ')::integer[] AS starts
  FROM current_setting('shared_postgresql.file') AS f(file)
)
SELECT statement FROM (
  SELECT 0 AS number, 'RESET search_path' AS statement
  UNION ALL
  SELECT number, format('SELECT shared_postgresql.apply_schema_file(%L, %L, %L, %L)', format('%s statement %s', file, number), '', repeat(E'\n', line - 1) || text, line)
  FROM input CROSS JOIN LATERAL unnest(starts) WITH ORDINALITY AS s(line, number)
  CROSS JOIN LATERAL (SELECT array_to_string(texts[line:coalesce(starts[number + 1] - 1, cardinality(texts))], E'\n')) AS t(text)
) AS turn ORDER BY number
