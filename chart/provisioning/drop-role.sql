-- Statements that remove the roles of the setting shared_postgresql.roles, an array of names, once nobody needs them. Any service may have given one privileges on what it owns,
-- and again at every moment, which keeps a role: then it opens nothing any more, and has another name, so that nobody finds it in the way.
SELECT format('DO %L', format($do$
DECLARE
  membership record;
BEGIN
  DROP ROLE %1$I;
EXCEPTION WHEN dependent_objects_still_exist THEN
  FOR membership IN SELECT roleid::regrole AS role, member::regrole AS member FROM pg_auth_members WHERE %2$s IN (roleid, member) LOOP
    EXECUTE format('REVOKE %%s FROM %%s', membership.role, membership.member);
  END LOOP;
  ALTER ROLE %1$I NOLOGIN NOREPLICATION PASSWORD NULL;
  ALTER ROLE %1$I RENAME TO %3$I;
  RAISE WARNING 'role %% has privileges that a service gave to it; it is locked, and is called %% now', %4$L, %3$L;
END$do$, rolname, oid, left(rolname, 50) || '_' || oid, rolname)) AS statement
FROM pg_roles WHERE rolname = ANY (current_setting('shared_postgresql.roles')::text[])
