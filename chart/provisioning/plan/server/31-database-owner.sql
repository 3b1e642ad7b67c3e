SELECT 'DATABASES', s.ordinal, s.name, format('ALTER DATABASE %I OWNER TO %I', s.database, current_user), 'the admin must own the database'
FROM service AS s JOIN pg_database AS d ON d.datname = s.database WHERE pg_get_userbyid(d.datdba) <> current_user
