-- What provisioning remembers about a login role that it made, in the admin's own database, where no service can connect.
CREATE SCHEMA IF NOT EXISTS shared_postgresql;
CREATE TABLE IF NOT EXISTS shared_postgresql.login (
  database     name COLLATE "C" NOT NULL,
  "user"       name COLLATE "C" NOT NULL,
  service      text NOT NULL,
  access       text NOT NULL, -- owner, readwrite, readonly, migrator; second, second-of-role: takes turns with one of these; platform: of the deployment itself; mover: moves the database
  database_oid oid,           -- a database that was dropped and made again is compared anew
  digest       text,          -- of all that shapes the inside of the database; null until it was well once
  fingerprint  text,          -- of the password that was set last, keyed with the admin's: worthless without it
  verifier     text,          -- hash of the SCRAM verifier that the server had then
  provisioned  timestamptz,
  PRIMARY KEY (database, "user")
);
-- A login in whose place another is since a rotation, and how long it stays open at most.
CREATE TABLE IF NOT EXISTS shared_postgresql.former_login (
  "user"       name COLLATE "C" PRIMARY KEY,
  successor    name COLLATE "C" NOT NULL,
  until        timestamptz NOT NULL,
  verifier     text            -- of the successor's password, as long as somebody may come by the former: who does may give it another (former.psql)
);
-- The highest number of rotations whose password a login was given: whoever comes with a lower one has older values.
CREATE TABLE IF NOT EXISTS shared_postgresql.rotation (
  database     name COLLATE "C" NOT NULL,
  "user"       name COLLATE "C" NOT NULL, -- the first of the two that take turns
  reached      integer NOT NULL,
  PRIMARY KEY (database, "user"),
  FOREIGN KEY (database, "user") REFERENCES shared_postgresql.login ON DELETE CASCADE
);
-- What values.yaml wanted of a service when it was last well: when values.yaml has it no more, nothing else tells how to restore what is backed up.
CREATE TABLE IF NOT EXISTS shared_postgresql.former_entry (
  database     name COLLATE "C" NOT NULL,
  "user"       name COLLATE "C" NOT NULL, -- its own login
  entry        jsonb NOT NULL,
  sealed       text,          -- hash of the verifier, of a password that nobody knows, with which its last backup was made, once that was rehearsed
  PRIMARY KEY (database, "user"),
  FOREIGN KEY (database, "user") REFERENCES shared_postgresql.login ON DELETE CASCADE
);
-- A service that moves from this server to another (source), or to this one (target). While it does, and after it left, what the records have of it is
-- another's, <service>+moving or +moved: no run of provisioning opens it by older values.
CREATE TABLE IF NOT EXISTS shared_postgresql.move (
  service       text NOT NULL,
  side          text NOT NULL,
  database      name COLLATE "C" NOT NULL,
  phase         text NOT NULL,   -- copying, following, locked, moved
  other         text NOT NULL,   -- the number that initdb gave the other server
  with_downtime boolean NOT NULL DEFAULT false,
  former        name COLLATE "C", -- at the target, what was in the database's place
  logins        text[] NOT NULL DEFAULT '{}',  -- those that could log in
  identities    jsonb NOT NULL DEFAULT '[]',   -- tables whose replica identity is another meanwhile, and which they had
  at            timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (service, side)
);
