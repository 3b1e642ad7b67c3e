import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, inject } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { isRecord } from '../../generator/generate/fields.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { startLab, type Lab } from '../tools/lab.ts';
import { fetchPrograms, POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';

/*
 * A server that was there before, as people have them: import reads it and changes nothing, the plan after it changes nothing that nobody confirmed,
 * and what is confirmed goes on with its data.
 */
const SERVER = [
  `CREATE ROLE shop_app LOGIN PASSWORD 'x' CONNECTION LIMIT 9`,
  'CREATE DATABASE shop OWNER shop_app',
  `ALTER ROLE shop_app SET statement_timeout = '7s'`,
  `ALTER ROLE shop_app SET timezone = 'UTC'`,
  `ALTER DATABASE shop SET work_mem = '8MB'`,
  `CREATE ROLE blog LOGIN PASSWORD 'x'`,
  'CREATE DATABASE blog OWNER blog',
  'CREATE DATABASE "Stats-1"',
  'CREATE DATABASE "bad name"',
  `CREATE ROLE dba LOGIN SUPERUSER PASSWORD 'x'`,
  `CREATE ROLE watcher LOGIN PASSWORD 'x' IN ROLE pg_monitor`,
  `CREATE ROLE report LOGIN PASSWORD 'x'`,
];

const SHOP = `
  CREATE EXTENSION pg_trgm; CREATE EXTENSION moddatetime; CREATE EXTENSION postgres_fdw; CREATE EXTENSION xml2;
  CREATE SCHEMA ext; GRANT USAGE ON SCHEMA ext TO PUBLIC;
  CREATE EXTENSION hstore SCHEMA ext VERSION '1.7'; CREATE EXTENSION amcheck SCHEMA ext VERSION '1.2'; CREATE EXTENSION citext VERSION '1.5';
  ALTER SCHEMA public OWNER TO shop_app;
  SET ROLE shop_app;
  CREATE SCHEMA stock;
  CREATE TYPE state AS ENUM ('new', 'paid');
  CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL CHECK (name <> ''), state state DEFAULT 'new');
  CREATE INDEX ON item USING gin (name gin_trgm_ops);
  CREATE TABLE stock.level (item int REFERENCES item, amount int, tags ext.hstore, at timestamptz);
  CREATE TRIGGER at BEFORE UPDATE ON stock.level FOR EACH ROW EXECUTE FUNCTION moddatetime(at);
  COMMENT ON TABLE item IS 'what is sold; -- and not \\restrict';
  CREATE FUNCTION total() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.item';
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := NEW.name; RETURN NEW; END $$;
  CREATE TRIGGER touch BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION touch();
  CREATE VIEW paid AS SELECT * FROM item WHERE state = 'paid';
  INSERT INTO item (name) VALUES ('book'), ('pen');
  GRANT SELECT ON item TO report;
  RESET ROLE;
  CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
  CREATE TABLE of_the_dba (i int);
  ALTER TABLE of_the_dba OWNER TO dba`;

const BLOG = `SET ROLE blog; CREATE SCHEMA press; CREATE TABLE press.post (title text); INSERT INTO press.post VALUES ('first')`;

/** What is told of each thing that cannot be kept, or changes. */
const REMARKS = [
  'Stats-1: postgres owns most of what is in it and cannot be its login: it is the admin. The service gets the login Stats-1_user; give what it owns to Stats-1_user once the database is taken over',
  'bad name: values.yaml has no place for its name: give it another of letters, digits, _ and - (ALTER DATABASE … RENAME TO)',
  'blog: role blog becomes the key that opens it, and logs in no more',
  'shop: extension xml2 lies in the schema public, and one that is made anew in shared_postgresql: it cannot be moved, and the admin makes none where the service makes things',
  'shop: TimeZone = UTC of shop_app has no field in values.yaml: it stays as it is, and is reported',
  'shop: dba owns 1 of what is in it, and keeps that; plan --compare all has the statement that gives each to shop_app',
  'shop: report reads tables; to keep it as a role of the service: roles: { report: { user: report } }',
  'shop: foreign server elsewhere stays, and no schema file makes it',
  "server: role dba is SUPERUSER, has something in shop; it is not declared, and stays as it is, though the chart's pg_hba.conf lets it in no more",
  'server: the first run takes CONNECT on postgres, template0 and template1 from PUBLIC: only the admin opens these',
];

const VALUES = `postgresql:
  version: "18"
  allowedExtensions: [amcheck, moddatetime, xml2]

services:
  "stats-1":
    # adopt: confirm-Stats-1-OID
    database: Stats-1
    user: Stats-1_user
    locale:
      provider: libc
      name: C
    timeouts:
      statement: "0"
      lock: "0"
      idleInTransaction: "0"
    tempFileLimit: "-1"
  "blog":
    # adopt: confirm-blog-OID
    database: blog
    user: blog_user
    locale:
      provider: libc
      name: C
    timeouts:
      statement: "0"
      lock: "0"
      idleInTransaction: "0"
    tempFileLimit: "-1"
  "shop":
    # adopt: confirm-shop-OID
    database: shop
    user: shop_app
    connectionLimit: 9
    extensions:
      - pg_trgm
      - xml2
    placedExtensions:
      amcheck:
        schema: ext
        version: "1.2"
      citext:
        version: "1.5"
      hstore:
        schema: ext
        version: "1.7"
      moddatetime:
        schema: public
    locale:
      provider: libc
      name: C
    timeouts:
      statement: 7s
      lock: "0"
      idleInTransaction: "0"
    tempFileLimit: "-1"
    workMem: 8MB
`;

/** All that a run could change of roles and databases. */
const STATE = `
  SELECT json_agg(row ORDER BY row::text) AS state FROM (
    SELECT to_jsonb(d) - '{datfrozenxid,datminmxid}'::text[] AS row FROM pg_database AS d
    UNION ALL SELECT to_jsonb(r) FROM pg_authid AS r
    UNION ALL SELECT to_jsonb(m) FROM pg_auth_members AS m
    UNION ALL SELECT to_jsonb(s) FROM pg_db_role_setting AS s) AS rows`;

const EXTENSIONS =
  'SELECT extname::text, extnamespace::regnamespace::text, extowner::regrole::text, extversion FROM pg_extension ORDER BY 1';

describe.each(POSTGRES_MAJORS)('a server that was there before, PostgreSQL %i', (major) => {
  let lab: Lab;
  let folder = '';
  let values = '';
  /** Where pg_dump of this major is. */
  let programs: string | undefined;
  const path = process.env['PATH'] ?? '';

  beforeAll(async () => {
    programs = major === 15 ? inject('postgres')[15] : await fetchPrograms();
    lab = await startLab(major, { values: 'services: {}\n' });
    for (const sql of SERVER) await lab.admin(sql);
    await lab.admin(SHOP, 'shop');
    await lab.admin(BLOG, 'blog');
    await lab.admin('CREATE TABLE hit (at timestamptz)', 'Stats-1');
    folder = join(temporaryFolder(), 'imported');
    process.env['PATH'] = [programs ?? '', path].join(delimiter);
  });
  afterAll(async () => {
    process.env['PATH'] = path;
    await lab.server.end();
  });

  const needPrograms = (skip: (condition: boolean, reason: string) => void): void =>
    skip(programs === undefined, `pg_dump of PostgreSQL ${major} cannot be had`);
  const state = async (): Promise<unknown> => [...(await lab.admin(STATE)), ...(await lab.admin(EXTENSIONS, 'shop'))];
  const schemaFiles = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.sql'))
        .map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
    );
  const change = (): Promise<void> => lab.change({ values, files: schemaFiles() });
  const confirm = async (...databases: readonly string[]): Promise<void> => {
    for (const name of databases) values = values.replace(`# adopt: confirm-${name}-`, `adopt: confirm-${name}-`);
    await change();
  };
  const planned = async (): Promise<{ service: string; statement: string }[]> => {
    const { stdout } = await lab.command('plan', '--compare', 'all', '--json');
    const document: unknown = JSON.parse(stdout);
    const statements = isRecord(document) && Array.isArray(document['statements']) ? document['statements'].filter(isRecord) : [];
    return statements
      .filter(({ reported }) => reported !== true)
      .map(({ service, statement }) => ({ service: String(service), statement: String(statement) }));
  };

  test('becomes values.yaml, schema files and a list of what cannot be kept, and is not changed', async ({ skip }) => {
    needPrograms(skip);
    const before = await state();
    const { output, code } = await lab.command('import', folder);
    for (const sentence of REMARKS) expect(output).toContain(`${sentence}\n`);
    expect(output).not.toContain('postgres:');
    expect(output).not.toContain('shop: postgres owns');
    expect(code).toBe(ENDINGS.fine.code);
    expect(await state()).toEqual(before);
    values = readFileSync(join(folder, 'values.yaml'), 'utf8');
    expect(values.replaceAll(/(adopt: .*-)\d+$/gm, '$1OID').replace(`"${major}"`, '"18"')).toContain(VALUES);
    const files = schemaFiles();
    expect(Object.keys(files).sort()).toEqual(
      ['blog', 'shop', 'stats-1'].map((name) => `schema/databases/${name}/001_imported.sql`),
    );
    expect(files['schema/databases/shop/001_imported.sql']).toMatch(
      /^SET check_function_bodies = false;\n\nCREATE SCHEMA IF NOT EXISTS ext;\n\nCREATE SCHEMA IF NOT EXISTS stock;\n/,
    );
    expect(Object.values(files).join()).not.toMatch(/^(SET (?!check)|GRANT|CREATE (SERVER|EXTENSION)|\\)/m);
  });

  test('is not imported into a folder that has something in it', async () => {
    const { output, code } = await lab.command('import', folder);
    expect(output).toContain('there is something in it already');
    expect(code).toBe(ENDINGS.refused.code);
  });

  test('is left as it is by the plan, but for what every deployment has, until somebody confirms', async ({ skip }) => {
    needPrograms(skip);
    await change();
    const statements = await planned();
    expect(statements.filter(({ service }) => service !== 'server').every(({ statement }) => /^adopt: /.test(statement))).toBe(
      true,
    );
    expect(statements.filter(({ service }) => service === 'server').map(({ statement }) => statement)).toEqual([
      'REVOKE CONNECT ON DATABASE template0 FROM PUBLIC CASCADE',
      'REVOKE CONNECT ON DATABASE template1 FROM PUBLIC CASCADE',
      'REVOKE CONNECT, TEMPORARY ON DATABASE postgres FROM PUBLIC CASCADE',
    ]);
    const { output, code } = await lab.command('baseline', '--all', '--unchecked');
    expect(output).toContain(
      "shop: database shop is not the service's until its entry confirms it (plan says why): adopt: confirm-shop-",
    );
    expect(code).toBe(ENDINGS.amiss.code);
  });

  test('whose schema files are not what is there is not recorded', async ({ skip }) => {
    needPrograms(skip);
    await confirm('shop', 'blog');
    await lab.admin('CREATE TABLE press.later (i int)', 'blog');
    const { output, code } = await lab.command('baseline', 'shop', 'blog');
    await lab.admin('DROP TABLE press.later', 'blog');
    expect(output).toContain('blog: only in the database: CREATE TABLE press.later\n');
    expect(output).toContain('shop: recorded 1 schema file as applied\n');
    expect(output).not.toContain('blog: recorded');
    expect(code).toBe(ENDINGS.amiss.code);
  });

  test('goes on with its data once it is confirmed and recorded', async ({ skip }) => {
    needPrograms(skip);
    const extensions = await lab.admin(EXTENSIONS, 'shop');
    const recorded = await lab.command('baseline', 'shop', 'blog');
    expect(recorded.output).toBe('blog: recorded 1 schema file as applied\nshop: all its schema files were recorded before\n');
    expect((await planned()).filter(({ statement }) => statement.startsWith('apply '))).toEqual([]);
    const { output } = await lab.job();
    expect(output).toContain('3 services: 2 well, 1 not\n');
    expect(output).not.toContain('schema file');
    expect(
      await lab.as('shop-db-secret', `INSERT INTO item (name) VALUES ('ink'); SELECT count(*)::int AS items FROM item`),
    ).toEqual([{ items: 3 }]);
    expect(await lab.admin(EXTENSIONS, 'shop')).toEqual(extensions);
    expect(await lab.as('shop-db-secret', `SELECT 'a=>1'::hstore -> 'a' AS value`)).toEqual([{ value: '1' }]);
    expect(await lab.as('shop-db-secret', 'SHOW statement_timeout')).toEqual([{ statement_timeout: '7s' }]);
    expect(await lab.as('blog-db-secret', 'ALTER TABLE press.post ADD at timestamptz; SELECT title FROM press.post')).toEqual([
      { title: 'first' },
    ]);
    const rest = await planned();
    expect(rest.every(({ service, statement }) => service === 'stats-1' && /^adopt: /.test(statement))).toBe(true);
  });

  test('keeps what nobody declared', async () => {
    const roles = await lab.admin(
      `SELECT rolname::text AS role, rolcanlogin AND rolpassword IS NOT NULL AS open FROM pg_authid WHERE rolname IN ('dba', 'watcher', 'report') ORDER BY 1`,
    );
    expect(roles).toEqual(['dba', 'report', 'watcher'].map((role) => ({ role, open: true })));
    const databases = await lab.admin(
      `SELECT datname::text AS name, has_database_privilege('report', oid, 'CONNECT') AS open FROM pg_database WHERE datname IN ('bad name', 'Stats-1') ORDER BY 1`,
    );
    expect(databases).toEqual(
      expect.arrayContaining([
        { name: 'Stats-1', open: true },
        { name: 'bad name', open: true },
      ]),
    );
    expect(
      await lab.admin('SELECT pg_get_userbyid(relowner)::text AS owner FROM pg_class WHERE relname = $$of_the_dba$$', 'shop'),
    ).toEqual([{ owner: 'dba' }]);
  });
});
