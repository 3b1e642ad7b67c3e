CREATE TABLE notes (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  body longtext,
  kind note_kind,
  author uuid REFERENCES auth.users (id)
);
CREATE INDEX ON notes USING gin (body gin_trgm_ops);
ALTER TABLE notes ADD COLUMN body text;
CREATE INDEX ON notes (boddy);
UPDATE note SET body = '';
