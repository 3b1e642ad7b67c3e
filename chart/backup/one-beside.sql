-- Of the service named by :service: its database, its login and how many connections that has, the name of a database beside it, or :to, the name for what
-- is moved aside, whose passwords it wants, and the desired state of all with that database as one more service's. Its pool may hold all connections that it may have. No name in values.yaml has a plus sign.
SELECT concat_ws(E'\t', entry ->> 'database', coalesce(entry ->> 'login', entry ->> 'user'), connections, beside, left(entry ->> 'database', 40) || to_char(now() AT TIME ZONE 'UTC', '_YYYYMMDD"t"HH24MISS'),
                 concat_ws(' ', entry ->> 'name', (SELECT string_agg(format('%s.%s', entry ->> 'name', role ->> 'name'), ' ')
                                                   FROM jsonb_array_elements(coalesce(entry -> 'roles', '[]')) AS role)),
                 jsonb_set(body, '{services}', body -> 'services' || jsonb_build_array((entry - 'adopt') ||
                   jsonb_build_object('name', :'service' || '+restored', 'database', beside, 'connectionLimit', connections + 3))))
FROM (SELECT :'desired'::jsonb AS body) AS document
CROSS JOIN jsonb_array_elements(body -> 'services') AS entry
CROSS JOIN LATERAL (SELECT coalesce(nullif(:'to', ''), left(entry ->> 'database', 54) || '+restored')) AS name(beside)
CROSS JOIN LATERAL CAST(coalesce(entry -> 'connectionLimit', body #> '{defaults,connectionLimit}') AS integer) AS connections
WHERE entry ->> 'name' = :'service';
