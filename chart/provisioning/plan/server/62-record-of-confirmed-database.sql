SELECT 'DROPS', 0, name,
       format('DELETE FROM shared_postgresql.login WHERE database = %L AND NOT EXISTS (SELECT FROM pg_database WHERE datname = %1$L) '
              'AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ANY (%L))', database, roles),
       'its database is dropped'
FROM dropped WHERE goes
