# What an admin who is no superuser reads in the place of what he may not: roles without their verifiers, which are all alike then, and instead of pg_hba.conf,
# which is the provider's, the worst that it can say. Nobody but the provider knows of the server's files.
s/FROM pg_authid/FROM pg_roles/g
s/JOIN pg_authid/JOIN pg_roles/g
s/FROM pg_hba_file_rules/FROM (SELECT 'host' AS type, 'scram-sha-256' AS auth_method, '{all}'::text[] AS database, '{all}'::text[] AS user_name)/g
s/current_setting('ssl')::boolean/false/g
