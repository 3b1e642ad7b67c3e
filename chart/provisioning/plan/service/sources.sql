-- What the service's own login still has to do in its database before its schema files, put together as the diff beside it in database/.
-- Its input is the setting shared_postgresql.entry: the service's entry of the desired state.
WITH service AS (
  SELECT * FROM jsonb_to_record(current_setting('shared_postgresql.entry')::jsonb) AS s("user" text, second text, extensions text[], "adminExtensions" text[], placements jsonb)
)
