-- Of the service named by :service: its database, its login, the name of a database beside it, or :to, the name for what is moved aside, whose
-- passwords it wants, and the desired state of all with that database as one more service's. No name in values.yaml has a plus sign.
SELECT concat_ws(E'\t', entry ->> 'database', entry ->> 'user', beside, left(entry ->> 'database', 40) || to_char(now() AT TIME ZONE 'UTC', '_YYYYMMDD"t"HH24MISS'),
                 concat_ws(' ', entry ->> 'name', (SELECT string_agg(format('%s.%s', entry ->> 'name', role ->> 'name'), ' ')
                                                   FROM jsonb_array_elements(coalesce(entry -> 'roles', '[]')) AS role)),
                 jsonb_set(body, '{services}', (SELECT jsonb_agg(each || CASE WHEN each = entry THEN roomier ELSE '{}' END)
                                                FROM jsonb_array_elements(body -> 'services') AS each)
                   || jsonb_build_array((entry - 'adopt') || roomier || jsonb_build_object('name', :'service' || '+restored', 'database', beside))))
FROM (SELECT :'desired'::jsonb AS body) AS document
CROSS JOIN jsonb_array_elements(body -> 'services') AS entry
CROSS JOIN LATERAL (SELECT coalesce(nullif(:'to', ''), left(entry ->> 'database', 54) || '+restored')) AS name(beside)
-- Its pool may hold all that it may have.
CROSS JOIN LATERAL jsonb_build_object('connectionLimit', coalesce(entry -> 'connectionLimit', body #> '{defaults,connectionLimit}')::integer + 3) AS roomier
WHERE entry ->> 'name' = :'service';
