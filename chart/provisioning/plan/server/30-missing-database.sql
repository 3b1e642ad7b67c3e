SELECT 'DATABASES', ordinal, name,
       format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ALLOW_CONNECTIONS false ENCODING %L', database, current_user, encoding)
       || CASE WHEN locale ->> 'provider' <> '' THEN format(' LOCALE_PROVIDER %I', locale ->> 'provider') ELSE '' END
       || CASE WHEN locale ->> 'name' = '' THEN ''
               ELSE format(CASE locale ->> 'provider' WHEN 'icu' THEN ' ICU_LOCALE %L' WHEN 'builtin' THEN ' BUILTIN_LOCALE %L'
                                                      ELSE ' LOCALE %L' END, locale ->> 'name') END,
       'the database is missing'
FROM service WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = database)
