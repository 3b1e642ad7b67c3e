-- What applies a schema file outside a transaction, as statements in their order: each of the file's with its rows in the ledger, so that the next run goes
-- on where this one was broken off. A statement that can run in a transaction runs in one with its row. Any other leaves the row `<file> begun <number>` before and
-- `<file> statement <number>` after; when it was begun, what it left half done is taken away, and what it did is not done twice. Run by the service's
-- own login, on catalogs that it only reads. Its inputs are settings: shared_postgresql.entry, file, checksum and content.
WITH input AS (
  SELECT file, current_setting('shared_postgresql.checksum') AS checksum, string_to_array(current_setting('shared_postgresql.content'), E'\n') AS texts,
         string_to_array(entry -> 'lines' ->> file, ' ')::integer[] AS starts, entry -> 'outside' -> file AS steps
  FROM (SELECT current_setting('shared_postgresql.file'), current_setting('shared_postgresql.entry')::jsonb) AS i(file, entry)
), ledger AS MATERIALIZED (
  SELECT name, f.checksum FROM shared_postgresql.schema_file AS f, input WHERE split_part(name, ' ', 1) = file
), step AS MATERIALIZED (
  SELECT number, how, "index", "partition", drops, coalesce(reindexes, false) AS reindexes, line, text,
         coalesce("index" ->> 'name', drops ->> 'name') AS index_name, coalesce("index" -> 'table' ->> 'schema', drops ->> 'schema') AS index_schema,
         1 + length(texts[line]) - length(ltrim(texts[line], E' \t')) AS "column",
         encode(sha256(convert_to(text, 'UTF8')), 'hex') AS checksum,
         format('%s statement %s', file, number) AS done, format('%s begun %s', file, number) AS begun
  FROM input CROSS JOIN LATERAL jsonb_array_elements(steps) WITH ORDINALITY AS e(step, number)
  CROSS JOIN LATERAL jsonb_to_record(step) AS s(how text, "index" jsonb, "partition" jsonb, drops jsonb, reindexes boolean)
  CROSS JOIN LATERAL (SELECT starts[number]) AS l(line)
  -- psql reads a file without its last line end.
  CROSS JOIN LATERAL (SELECT rtrim(array_to_string(texts[line:coalesce(starts[number + 1] - 1, cardinality(texts))], E'\n'), E'\n')) AS t(text)
), own_index AS MATERIALIZED (
  SELECT c.relname AS name, n.nspname AS schema, t.relname AS table, i.indexrelid::regclass::text AS identity, indisvalid AS is_valid
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind = 'i' AND pg_get_userbyid(c.relowner) = current_user
    AND i.indexrelid NOT IN (SELECT index_relid FROM pg_stat_progress_create_index WHERE index_relid IS NOT NULL)
), made AS (
  -- An index of the name that a step makes or drops.
  SELECT number, identity, is_valid FROM step JOIN own_index AS o
    ON o.name = step."index" ->> 'name' AND o.table = step."index" -> 'table' ->> 'name' AND o.schema = coalesce(step."index" -> 'table' ->> 'schema', o.schema)
    OR o.name = drops ->> 'name' AND o.schema = coalesce(drops ->> 'schema', o.schema)
), attached AS (
  SELECT number, inhparent::regclass AS parent, inhrelid::regclass AS part, inhdetachpending AS is_pending
  FROM step CROSS JOIN pg_inherits JOIN pg_class AS p ON p.oid = inhparent JOIN pg_class AS c ON c.oid = inhrelid
  WHERE p.relname = "partition" -> 'of' ->> 'name' AND c.relname = "partition" -> 'name' ->> 'name' AND pg_get_userbyid(p.relowner) = current_user
    AND p.relnamespace::regnamespace::text = coalesce(quote_ident("partition" -> 'of' ->> 'schema'), p.relnamespace::regnamespace::text)
    AND c.relnamespace::regnamespace::text = coalesce(quote_ident("partition" -> 'name' ->> 'schema'), c.relnamespace::regnamespace::text)
), recorded AS (
  SELECT number FROM step JOIN ledger ON name = done
), state AS (
  SELECT step.*, l.checksum AS recorded, b.checksum IS NOT NULL AS is_begun,
         -- Whether there is left to do what it does.
         CASE WHEN "index" IS NOT NULL THEN NOT EXISTS (SELECT FROM made WHERE made.number = step.number AND is_valid)
              WHEN drops IS NOT NULL THEN EXISTS (SELECT FROM made WHERE made.number = step.number)
              WHEN "partition" IS NOT NULL THEN EXISTS (SELECT FROM attached WHERE attached.number = step.number)
              ELSE true END AS is_open,
         b.checksum IS NOT DISTINCT FROM step.checksum AS is_begun_alike,
         -- A statement before it, which is still to run, takes away what it makes, or makes what it takes away.
         EXISTS (SELECT FROM step AS former WHERE former.number < step.number AND former.number NOT IN (SELECT number FROM recorded)
                   AND former.index_name = step.index_name AND coalesce(former.index_schema = step.index_schema, true)
                   AND (former.drops IS NULL) <> (step.drops IS NULL)) AS is_foreseen
  FROM step LEFT JOIN ledger AS l ON l.name = done LEFT JOIN ledger AS b ON b.name = begun
), repair AS (
  SELECT number, 'an index that is not valid' AS what, format('DROP INDEX CONCURRENTLY IF EXISTS %s', identity) AS statement, false AS is_all
  FROM made JOIN state USING (number) WHERE "index" IS NOT NULL AND NOT is_valid
  UNION ALL
  SELECT number, 'an index that is not valid', format('DROP INDEX CONCURRENTLY IF EXISTS %s', identity), false
  FROM state CROSS JOIN own_index AS o WHERE reindexes AND is_begun AND NOT o.is_valid AND o.name ~ '_cc(new|old)[0-9]*$'
  UNION ALL
  SELECT number, 'a partition that is half detached', format('ALTER TABLE %s DETACH PARTITION %s FINALIZE', parent, part), true
  FROM attached WHERE is_pending
), edited AS (
  -- The function refuses a name that the ledger has with another checksum.
  SELECT name FROM ledger, input WHERE name = file AND ledger.checksum <> input.checksum
  UNION ALL
  SELECT l.name FROM ledger AS l, input WHERE l.name LIKE '% statement %' AND NOT EXISTS (SELECT FROM step WHERE done = l.name AND step.checksum = l.checksum)
), turn AS (
  SELECT 0 AS number, 0 AS turn, 'RESET search_path' AS statement
  UNION ALL
  SELECT 0, 1, format('SELECT shared_postgresql.apply_schema_file(%L, %L, %L, %L)', name, '', '', '') FROM edited
  UNION ALL
  SELECT number, 2, format('DO %L', format('BEGIN RAISE INFO USING MESSAGE = %L; END', format('at %s:%s:%s', file, line, "column"))) FROM state, input
  WHERE how = 'always' OR how = 'alone' AND recorded IS NULL
  UNION ALL
  SELECT number, 3, format('INSERT INTO shared_postgresql.schema_file (name, checksum) VALUES (%L, %L)', begun, checksum) FROM state
  WHERE how = 'alone' AND recorded IS NULL AND NOT is_begun AND (is_open OR is_foreseen)
  UNION ALL
  SELECT number, 4, format('DO %L', format('BEGIN RAISE INFO USING MESSAGE = %L; END', format('%s was left: %s', what, repair.statement))) FROM repair JOIN state USING (number)
  WHERE recorded IS NULL
  UNION ALL
  SELECT number, 5, repair.statement FROM repair JOIN state USING (number) WHERE recorded IS NULL
  UNION ALL
  SELECT number, 6, text FROM state
  WHERE how = 'always' OR how = 'alone' AND recorded IS NULL AND (is_open OR NOT is_begun_alike) AND number NOT IN (SELECT number FROM repair WHERE is_all)
  UNION ALL
  SELECT number, 7, format('SELECT shared_postgresql.apply_schema_file(%L, %L, %L, %L)', done, checksum,
                           CASE how WHEN 'atomic' THEN repeat(E'\n', line - 1) || text ELSE '' END, CASE how WHEN 'atomic' THEN line::text ELSE '' END)
  FROM state WHERE how <> 'always' AND recorded IS NULL
  UNION ALL
  SELECT 2147483647, 8, format('SELECT shared_postgresql.apply_schema_file(%L, %L, %L, %L)', file, checksum, '', '') FROM input
)
SELECT statement FROM turn WHERE NOT EXISTS (SELECT FROM ledger, input WHERE name = file AND ledger.checksum = input.checksum) ORDER BY number, turn
