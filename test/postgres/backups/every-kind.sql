CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE SCHEMA "Odd ""name""; \ 'quote'";
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy ''quoted''');
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE FUNCTION twice(i integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN i * 2;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.changed := '2026-01-01'; RETURN NEW; END$$;
CREATE PROCEDURE nothing() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq);
CREATE COLLATION "german" (provider = icu, locale = 'de');
CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
CREATE SEQUENCE "Numbers" START 7 INCREMENT 3;
SELECT nextval('"Numbers"');
CREATE TABLE t (
  t bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE german NOT NULL, feeling mood, two pair, how positive, during span,
  doubled integer GENERATED ALWAYS AS (twice(how::integer)) STORED, price money, exact numeric(20, 5), rough float8, bits bytea, doc jsonb, markup xml,
  at timestamptz, long interval, changed date, "Column ""x""" text, list text[], CONSTRAINT sane CHECK (exact >= 0)
);
CREATE INDEX ON t (lower(name));
CREATE INDEX ON t USING gin (name gin_trgm_ops);
CREATE UNIQUE INDEX ON t (twice(t::integer)) WHERE t > 10;
CREATE STATISTICS st ON name, feeling FROM t;
CREATE TRIGGER touched BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO t (name, feeling, two, how, during, price, exact, rough, bits, doc, markup, at, long, "Column ""x""", list)
SELECT 'ä' || chr(9) || i || E'\n\\.', 'happy ''quoted''', (i, 'x,"y"')::pair, i, span(0, i), i, i / 7.0, i / 7.0::float8, sha256(i::text::bytea), '{"a": [1, null]}',
       '<a/>', to_timestamp(i), make_interval(days => i), NULL, ARRAY['a,b', NULL, '"'] FROM generate_series(1, 2000) AS i;
ALTER TABLE t DROP COLUMN at;
CREATE TABLE "Odd ""name""; \ 'quote'"."Table 'x'; --" (id integer REFERENCES t (t), UNIQUE (id));
INSERT INTO "Odd ""name""; \ 'quote'"."Table 'x'; --" VALUES (1), (NULL);
CREATE TABLE none ();
INSERT INTO none DEFAULT VALUES;
CREATE TABLE parts (id integer, at date) PARTITION BY RANGE (at);
CREATE TABLE parts_2025 PARTITION OF parts FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE parts_rest PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT i, date '2025-06-01' + i FROM generate_series(1, 400) AS i;
CREATE TABLE parent (a integer);
CREATE TABLE child (b integer) INHERITS (parent);
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (2, 3);
CREATE UNLOGGED TABLE quick AS SELECT 1 AS one;
CREATE VIEW seen AS SELECT name FROM t WHERE how > 5;
CREATE RULE into_seen AS ON INSERT TO seen DO INSTEAD NOTHING;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM t;
CREATE INDEX ON counted (count);
ALTER TABLE parent ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON parent FOR SELECT USING (a > twice(5));
COMMENT ON TABLE t IS 'it''s a "table"';
COMMENT ON COLUMN t.name IS E'two\nlines';
GRANT SELECT ON t TO PUBLIC;
GRANT SELECT (a) ON parent TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
CREATE PUBLICATION out FOR TABLE parts;
SELECT lo_from_bytea(4242, decode(repeat('00ff', 3000), 'hex'));
SELECT lo_create(4243);
COMMENT ON LARGE OBJECT 4243 IS 'empty';
