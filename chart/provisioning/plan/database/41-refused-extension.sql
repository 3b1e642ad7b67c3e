SELECT 'INSIDE', 0, format('DO %L', format('BEGIN RAISE EXCEPTION USING MESSAGE = %L; END', format('extension %s needs %s', name, coalesce(foreign_schema,
                    made_by_service || ', which the service created; the admin builds on its own only',
                    not_allowed || ', which postgresql.allowedExtensions does not name')))),
       'an extension that values.yaml allows is missing'
FROM extension WHERE NOT is_there AND coalesce(foreign_schema, made_by_service, not_allowed) IS NOT NULL
