SELECT 'REPORTED', s.ordinal, s.name, format('-- dump %I, make it anew with ENCODING %L, restore', s.database, s.encoding),
       format('the database has the encoding %s, not %s, and no statement changes that',
              pg_encoding_to_char(d.encoding), s.encoding)
FROM service AS s JOIN pg_database AS d ON d.datname = s.database WHERE pg_char_to_encoding(s.encoding) <> d.encoding
