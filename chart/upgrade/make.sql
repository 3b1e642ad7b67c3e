-- Statements that make database :database as it is here: its encoding, locale, limit and privileges. What a locale is called has another column in 15 and 16
-- than later. PostgreSQL's own are there already.
WITH here AS (SELECT *, to_jsonb(d) AS body FROM pg_database AS d WHERE datname = :'database')
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L LOCALE_PROVIDER %I%s%s CONNECTION LIMIT %s;', datname, pg_get_userbyid(datdba),
         pg_encoding_to_char(encoding), datcollate, datctype, CASE datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
         CASE datlocprovider WHEN 'i' THEN ' ICU_LOCALE ' ELSE ' BUILTIN_LOCALE ' END || quote_literal(coalesce(body ->> 'datlocale', body ->> 'daticulocale')),
         ' ICU_RULES ' || quote_literal(body ->> 'daticurules'), datconnlimit) AS statement
FROM here WHERE datname NOT IN ('postgres', 'template0', 'template1')
UNION ALL
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC;', datname) FROM here WHERE datacl IS NOT NULL
UNION ALL
SELECT format('GRANT %s ON DATABASE %I TO %s%s;', privilege_type, datname, coalesce(quote_ident(rolname), 'PUBLIC'), CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
FROM here CROSS JOIN LATERAL aclexplode(datacl) AS a LEFT JOIN pg_roles AS r ON r.oid = grantee
WHERE grantee <> datdba AND (grantee = 0 OR rolname IS NOT NULL);
