SELECT json_build_object('databaseBytes', pg_database_size(:'database'));
