SELECT 'DROPS', 0, name, format('DROP ROLE %I', rolname), 'its database is dropped'
FROM dropped JOIN pg_roles ON rolname = ANY (roles) WHERE goes
