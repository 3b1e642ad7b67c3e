import type pg from 'pg';
import type { FoundDatabase, FoundExtension, FoundInside, FoundRole, FoundServer, FoundSetting } from '../import/found.ts';
import { asAdmin, type Connection } from './session.ts';

/** How long each of the queries may take, and that none changes anything. */
const SETTINGS = ['statement_timeout=120s', 'lock_timeout=5s', 'default_transaction_read_only=on'];

/** Reads what a server has that was there before, of the system catalogs alone. Changes nothing. Throws what the driver throws. */
export async function readInventory(connection: Connection): Promise<FoundServer> {
  const server = await asAdmin(connection, readServer, 'postgres', SETTINGS);
  const databases: FoundDatabase[] = [];
  for (const database of server.databases)
    databases.push(database.isOpen ? { ...database, inside: await readInside(connection, database.name) } : database);
  return { ...server, databases };
}

async function readServer(client: pg.Client): Promise<FoundServer> {
  const databases = await client.query<Omit<FoundDatabase, 'oid'> & { oid: unknown }>(DATABASES);
  const roles = await client.query<FoundRole>(ROLES);
  const settings = await client.query<FoundSetting>(ROLE_SETTINGS);
  const defaults = await client.query<{ name: string; value: string }>(DEFAULTS);
  const version = await client.query<{ major: unknown }>(
    `SELECT current_setting('server_version_num')::integer / 10000 AS major`,
  );
  return {
    // Both are written into values.yaml without quotes, and a hostile server says what it likes.
    major: Number(version.rows[0]?.major ?? 0),
    databases: databases.rows.map((database) => ({ ...database, oid: Number(database.oid) })),
    roles: roles.rows,
    settings: settings.rows,
    defaults: Object.fromEntries(defaults.rows.map(({ name, value }) => [name, value])),
  };
}

function readInside(connection: Connection, database: string): Promise<FoundInside> {
  const read = async (client: pg.Client): Promise<FoundInside> => {
    const owners = await client.query<FoundInside['owners'][number]>(OWNERS);
    const extensions = await client.query<FoundExtension>(EXTENSIONS);
    const readers = await client.query<FoundInside['readers'][number]>(READERS);
    const others = await client.query<FoundInside['others'][number]>(OTHERS);
    return {
      owners: owners.rows,
      extensions: extensions.rows,
      readers: readers.rows,
      others: others.rows,
    };
  };
  return asAdmin(connection, read, database, SETTINGS);
}

/** What a locale is called has another column in 15 and 16 than later. */
const DATABASES = `
SELECT datname::text AS name, d.oid, pg_get_userbyid(datdba)::text AS owner, pg_encoding_to_char(encoding)::text AS encoding,
  CASE datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider,
  coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', datcollate::text) AS locale,
  datconnlimit AS "connectionLimit", datallowconn AS "isOpen", spcname::text AS tablespace
FROM pg_database AS d JOIN pg_tablespace AS t ON t.oid = dattablespace
WHERE NOT (datistemplate AND datname IN ('template0', 'template1')) ORDER BY datname`;

const ROLES = `
SELECT rolname::text AS name, rolcanlogin AS "canLogIn", rolconnlimit AS "connectionLimit",
  array_remove(ARRAY[CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
                     CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL) AS attributes,
  ARRAY(SELECT granted.rolname::text FROM pg_auth_members AS m JOIN pg_roles AS granted ON granted.oid = m.roleid WHERE m.member = r.oid ORDER BY 1) AS "memberOf",
  ARRAY(SELECT DISTINCT datname::text FROM pg_shdepend AS s JOIN pg_database AS d ON d.oid = s.dbid OR s.classid = 'pg_database'::regclass AND d.oid = s.objid
        WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid AND deptype IN ('o', 'a') ORDER BY 1) AS databases
FROM pg_roles AS r WHERE oid >= 16384 AND rolname <> current_user ORDER BY rolname`;

const ROLE_SETTINGS = `
SELECT coalesce(rolname, '')::text AS role, coalesce(datname, '')::text AS database,
  split_part(c, '=', 1) AS name, left(substr(c, strpos(c, '=') + 1), 1000) AS value
FROM pg_db_role_setting AS s LEFT JOIN pg_roles AS r ON r.oid = setrole LEFT JOIN pg_database AS d ON d.oid = setdatabase
CROSS JOIN LATERAL unnest(setconfig) AS c ORDER BY 1, 2, 3`;

/** The admin's own session has others. */
const DEFAULTS = `
SELECT name, coalesce((SELECT f.setting FROM pg_file_settings AS f WHERE f.name = s.name AND applied ORDER BY seqno DESC LIMIT 1), boot_val) AS value
FROM pg_settings AS s WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'temp_file_limit')`;

/** Of pg_shdepend, which has every owner but the first superuser; what that has made is of numbers that initdb does not give. */
const OWNERS = `
SELECT pg_get_userbyid(owner)::text AS name, count(*)::integer AS objects
FROM (SELECT 'pg_class'::regclass AS class, oid, relowner AS owner FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      UNION ALL SELECT 'pg_proc'::regclass, oid, proowner FROM pg_proc
      UNION ALL SELECT 'pg_namespace'::regclass, oid, nspowner FROM pg_namespace WHERE nspname !~ '^pg_' AND oid NOT IN (SELECT extnamespace FROM pg_extension)
      UNION ALL SELECT 'pg_type'::regclass, oid, typowner FROM pg_type WHERE typtype IN ('d', 'e', 'r')) AS o
WHERE oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = o.class AND d.objid = o.oid AND deptype IN ('e', 'i', 'a'))
GROUP BY owner ORDER BY objects DESC, name`;

const EXTENSIONS = `
SELECT extname::text AS name, nspname::text AS schema, extversion AS version, coalesce(default_version, '') AS newest, extrelocatable AS "canBeMoved",
  EXISTS (SELECT FROM pg_available_extension_versions AS v WHERE v.name = extname AND v.version = extversion) AS "canBeMade"
FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace LEFT JOIN pg_available_extensions AS a ON a.name = extname
WHERE extname <> 'plpgsql' ORDER BY 1`;

const READERS = `
SELECT rolname::text AS name, bool_or(privilege_type IN ('INSERT', 'UPDATE', 'DELETE')) AS writes
FROM pg_class CROSS JOIN LATERAL aclexplode(relacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee
WHERE relkind IN ('r', 'p', 'v', 'm') AND a.grantee <> relowner AND rolcanlogin AND NOT rolsuper AND pg_class.oid >= 16384
GROUP BY rolname ORDER BY rolname`;

const OTHERS = `
SELECT 'foreign server' AS kind, srvname::text AS name FROM pg_foreign_server
UNION ALL SELECT 'event trigger', evtname FROM pg_event_trigger AS t
  WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_event_trigger'::regclass AND objid = t.oid AND deptype = 'e')
UNION ALL SELECT 'publication', pubname FROM pg_publication
UNION ALL SELECT 'subscription', subname FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'tablespace', spcname || ', with ' || count(*) || ' tables and indexes,' FROM pg_class AS c JOIN pg_tablespace AS t ON t.oid = reltablespace
  WHERE spcname NOT IN ('pg_default', 'pg_global') GROUP BY spcname
UNION ALL SELECT 'replication slot', slot_name FROM pg_replication_slots WHERE database = current_database()
ORDER BY 1, 2`;
