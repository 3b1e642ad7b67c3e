-- The desired state of each service alone: its name, database and login, whose passwords it wants, and the document that provisioning reads.
SELECT concat_ws(E'\t', entry ->> 'name', entry ->> 'database', coalesce(entry ->> 'login', entry ->> 'user'),
                 concat_ws(' ', entry ->> 'name', (SELECT string_agg(format('%s.%s', entry ->> 'name', role ->> 'name'), ' ')
                                                   FROM jsonb_array_elements(coalesce(entry -> 'roles', '[]')) AS role)),
                 body - 'platformLogins' || jsonb_build_object('dropped', jsonb_build_array(), 'services', jsonb_build_array(entry - 'adopt')))
FROM (SELECT :'desired'::jsonb AS body) AS document CROSS JOIN jsonb_array_elements(body -> 'services') AS entry
ORDER BY 1;
