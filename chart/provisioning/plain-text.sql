-- Who is connected without TLS to a server that speaks it: one line, or none. Sessions within the server's pod by its socket do not count, nor does this one.
WITH plain AS (
  SELECT usename::text AS "user" FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
  WHERE NOT ssl AND client_addr IS NOT NULL AND usename IS NOT NULL AND pid <> pg_backend_pid() AND current_setting('ssl')::boolean
  GROUP BY 1
)
SELECT format('reported: connected without TLS: %s%s', string_agg("user", ', ' ORDER BY "user") FILTER (WHERE number <= 20),
              CASE WHEN count(*) > 20 THEN format(' and %s more', count(*) - 20) END) AS line
FROM (SELECT "user", row_number() OVER (ORDER BY "user") AS number FROM plain) AS numbered HAVING count(*) > 0
