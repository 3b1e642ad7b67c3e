-- Who is watched: the logins of services, which are the members of roles with a database's name, and those that provisioning remembers: who was taken out
-- of values.yaml may have sessions still. Read before there is trouble, and kept in
-- the session: afterwards a shared catalog can be what everybody waits for, or there may be no lock left to read one with. The names are
-- asked for one by one because the server then keeps the roles in the session's cache, and ends a session only of a role that it knows.
SET lock_timeout = '1s';
-- Everybody else there is. Who came since is neither: it may be a service's new login, which must not keep others waiting until its name is read, and nobody
-- reads one while somebody queues. Read first: a service's login is written down when it is made, so it is found below, and trusted no more.
CREATE TEMP TABLE IF NOT EXISTS watched (role oid, name text);
CREATE TEMP TABLE IF NOT EXISTS trusted (role oid);
INSERT INTO trusted SELECT oid FROM pg_authid EXCEPT (SELECT role FROM trusted UNION SELECT role FROM watched);
INSERT INTO watched
SELECT member, pg_get_userbyid(member)
FROM pg_auth_members JOIN pg_roles AS granted ON granted.oid = roleid JOIN pg_database ON datname = granted.rolname
-- By the key itself a restore runs what a service planted.
UNION SELECT r.oid, rolname FROM pg_roles AS r JOIN pg_database ON datname = rolname WHERE NOT rolsuper
EXCEPT SELECT role, name FROM watched;
DO $$
BEGIN
  IF to_regclass('shared_postgresql.login') IS NOT NULL THEN
    INSERT INTO watched
    SELECT oid, pg_get_userbyid(oid) FROM shared_postgresql.login JOIN pg_authid ON rolname = "user" AND NOT rolsuper
    EXCEPT SELECT role, name FROM watched;
  END IF;
END
$$;
DELETE FROM trusted WHERE role IN (SELECT role FROM watched);
