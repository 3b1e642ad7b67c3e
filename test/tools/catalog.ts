import type { Model } from '../../generator/generate/model.ts';
import type { Server } from './server.ts';

/** What a server has for one service, in the words of its catalogs. */
export interface LiveService {
  readonly database: string;
  readonly databaseOwner: string;
  readonly databasePrivileges: readonly string[];
  readonly schemaOwner: string;
  readonly schemaPrivileges: readonly string[];
  readonly loginAttributes: string;
  readonly keyAttributes: string;
  readonly keyMembers: readonly string[];
  readonly memberships: readonly string[];
  readonly settings: readonly string[];
  readonly extensions: readonly string[];
  readonly schemaFiles: readonly string[];
}

/** What the catalogs must say of every service, from the model. */
export function expectedServices(model: Model): LiveService[] {
  return model.services.map((service) => ({
    database: service.database,
    databaseOwner: 'postgres',
    databasePrivileges: [`${service.database}=CONNECT`, `${service.user}=CREATE`, `${service.user}=TEMPORARY`].sort(),
    schemaOwner: service.user,
    schemaPrivileges: [`${service.user}=CREATE`, `${service.user}=USAGE`],
    loginAttributes: `login inherit limit=${service.connectionLimit} SCRAM-SHA-256`,
    keyAttributes: 'inherit limit=-1',
    keyMembers: [service.user],
    memberships: [service.database],
    settings: [
      'lo_compat_privileges=on',
      ...Object.entries(service.settings).flatMap(([name, value]) => (value === null ? [] : `${name}=${String(value)}`)),
    ].sort(),
    extensions: ['plpgsql', ...service.extensions].sort(),
    schemaFiles: service.schemaFiles.map(({ name }) => name),
  }));
}

const SHARED = `
  SELECT d.datname AS database, pg_get_userbyid(d.datdba) AS "databaseOwner",
    ARRAY(SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END || '=' || a.privilege_type
          FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a WHERE a.grantee <> d.datdba ORDER BY 1) AS "databasePrivileges",
    (SELECT concat_ws(' ', CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolcreatedb THEN 'createdb' END,
            CASE WHEN rolcreaterole THEN 'createrole' END, CASE WHEN rolreplication THEN 'replication' END,
            CASE WHEN rolbypassrls THEN 'bypassrls' END, CASE WHEN rolcanlogin THEN 'login' END,
            CASE WHEN rolinherit THEN 'inherit' END, 'limit=' || rolconnlimit, split_part(rolpassword, '$', 1))
     FROM pg_authid WHERE rolname = $2) AS "loginAttributes",
    (SELECT concat_ws(' ', CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolcanlogin THEN 'login' END,
            CASE WHEN rolinherit THEN 'inherit' END, 'limit=' || rolconnlimit, rolpassword)
     FROM pg_authid WHERE rolname = $1) AS "keyAttributes",
    ARRAY(SELECT pg_get_userbyid(member)::text FROM pg_auth_members WHERE roleid = $1::regrole ORDER BY 1) AS "keyMembers",
    ARRAY(SELECT pg_get_userbyid(roleid)::text FROM pg_auth_members WHERE member = $2::regrole ORDER BY 1) AS memberships,
    ARRAY(SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setrole = $2::regrole AND setdatabase = 0 ORDER BY 1) AS settings
  FROM pg_database AS d WHERE d.datname = $1`;

const INSIDE = `
  SELECT pg_get_userbyid(nspowner) AS "schemaOwner",
    ARRAY(SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END || '=' || a.privilege_type
          FROM aclexplode(nspacl) AS a ORDER BY 1) AS "schemaPrivileges",
    ARRAY(SELECT extname::text FROM pg_extension ORDER BY 1) AS extensions,
    ARRAY(SELECT name FROM shared_postgresql.schema_file ORDER BY 1) AS "schemaFiles"
  FROM pg_namespace WHERE nspname = 'public'`;

/** What the catalogs say of every service of the model. */
export async function liveServices(server: Server, model: Model): Promise<unknown[]> {
  const live: unknown[] = [];
  for (const { database, user } of model.services) {
    const shared = await server.asAdmin((client) => client.query<object>(SHARED, [database, user]));
    const inside = await server.asAdmin((client) => client.query<object>(INSIDE), database);
    live.push({ ...shared.rows[0], ...inside.rows[0] });
  }
  return live;
}

/** Everything in the shared catalogs that provisioning decides, as text: equal before and after a run that changed nothing. */
export async function sharedCatalogs(server: Server): Promise<string> {
  const { rows } = await server.asAdmin((client) =>
    client.query<object>(`
      SELECT 'role' AS kind, to_jsonb(r) - 'oid' AS row FROM pg_authid AS r
      UNION ALL SELECT 'member', jsonb_build_array(roleid::regrole, member::regrole, admin_option) FROM pg_auth_members
      UNION ALL SELECT 'database', jsonb_build_array(oid, datname, datdba::regrole, datacl) FROM pg_database
      UNION ALL SELECT 'setting', jsonb_build_array(setdatabase, setrole::regrole, setconfig) FROM pg_db_role_setting
      UNION ALL SELECT 'service', to_jsonb(s) FROM shared_postgresql.login AS s
      ORDER BY 1, 2`),
  );
  return rows.map((row) => JSON.stringify(row)).join('\n');
}

/** Everything that provisioning makes, without what differs from run to run: object ids, salts and times. */
export async function stateOf(server: Server, databases: readonly string[]): Promise<string> {
  const shared = await server.asAdmin((client) =>
    client.query<object>(`
      SELECT 'role' AS kind, to_jsonb(r) - 'oid' - 'rolpassword' || jsonb_build_object('scram', rolpassword LIKE 'SCRAM-SHA-256$%') AS row FROM pg_authid AS r
      UNION ALL SELECT 'member', jsonb_build_array(roleid::regrole, member::regrole, grantor::regrole, admin_option) FROM pg_auth_members
      UNION ALL SELECT 'database', jsonb_build_array(datname, datdba::regrole, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) AS a)) FROM pg_database
      UNION ALL SELECT 'setting', jsonb_build_array(setdatabase, setrole::regrole, (SELECT array_agg(c ORDER BY c) FROM unnest(setconfig) AS c)) FROM pg_db_role_setting
      UNION ALL SELECT 'service', jsonb_build_array(database, "user", service, access, digest, fingerprint, verifier IS NOT NULL, provisioned IS NOT NULL) FROM shared_postgresql.login
      ORDER BY 1, 2`),
  );
  const inside = [];
  for (const database of databases)
    inside.push(await server.asAdmin((client) => client.query<object>(`${OBJECTS} ${FILES} ORDER BY 1, 2`), database));
  return [shared, ...inside].map(({ rows }) => rows.map((row) => JSON.stringify(row)).join('\n')).join('\n\n');
}

/** What is in a database, but for rows. */
export const OBJECTS = `
  SELECT 'schema' AS kind, jsonb_build_array(nspname, nspowner::regrole, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(nspacl) AS a)) AS row FROM pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL SELECT 'relation', jsonb_build_array(oid::regclass, relowner::regrole, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) AS a)) FROM pg_class WHERE relnamespace::regnamespace::text !~ '^(pg_|information)'
  UNION ALL SELECT 'function', jsonb_build_array(proname, proowner::regrole, prosrc) FROM pg_proc WHERE pronamespace::regnamespace::text = 'shared_postgresql'
  UNION ALL SELECT 'extension', jsonb_build_array(extname, extowner::regrole, extnamespace::regnamespace) FROM pg_extension
  UNION ALL SELECT 'default', jsonb_build_array(defaclrole::regrole, defaclobjtype, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(defaclacl) AS a)) FROM pg_default_acl`;

const FILES = `UNION ALL SELECT 'file', jsonb_build_array(name, checksum) FROM shared_postgresql.schema_file`;
