import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeFiles } from '../tools/deployment.ts';
import { CHART, temporaryFolder } from '../tools/folders.ts';
import { startLab, type Lab } from '../tools/lab.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';

/*
 * Extensions in a schema and of a version that values.yaml chooses. What is not trusted is made by the admin, whose scripts find nothing on their
 * way that a service could have put there.
 */
const ALLOWED = 'moddatetime, amcheck, earthdistance, xml2';
const WELL = /^a-service: well after \d+ ms$/m;

describe.each(POSTGRES_MAJORS)('placed extensions on PostgreSQL %i', (major) => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab(major, { values: declare('extensions: [citext]') });
  });
  afterAll(() => lab.server.end());

  const provision = async (entry: string, allowed = ALLOWED): Promise<string> => {
    await lab.change({ values: declare(entry, allowed) });
    return (await lab.job()).output;
  };
  const installed = async (): Promise<Record<string, string>> => {
    const rows = await lab.admin<{ name: string; what: string }>(
      `SELECT extname AS name, concat_ws(' ', extnamespace::regnamespace, extowner::regrole, extversion) AS what FROM pg_extension WHERE extname <> 'plpgsql'`,
      'adb',
    );
    return Object.fromEntries(rows.map(({ name, what }) => [name, what]));
  };
  const placed = async (): Promise<Record<string, string>> =>
    Object.fromEntries(Object.entries(await installed()).map(([name, what]) => [name, what.replace(/ \S+$/, '')]));
  const own = (sql: string): Promise<object[]> => lab.as('a-service-db-secret', sql);

  test('are made where they are meant to be, and found there', async () => {
    const entry = `extensions: [citext], roles: { reporting: {} }, placedExtensions: {
      pg_trgm: { schema: ext }, hstore: { schema: ext, version: "1.7" }, uuid-ossp: { schema: Odd }, pgcrypto: { schema: public },
      moddatetime: { schema: public }, amcheck: { schema: ext, version: "1.1" }, earthdistance: { version: "1.1" }, xml2: { schema: xml } }`;
    expect(await provision(entry)).toMatch(WELL);
    expect(await placed()).toEqual({
      amcheck: 'ext postgres',
      citext: 'public adb_user',
      cube: 'shared_postgresql postgres',
      earthdistance: 'shared_postgresql postgres',
      hstore: 'ext adb_user',
      moddatetime: 'public postgres',
      pg_trgm: 'ext adb_user',
      pgcrypto: 'public adb_user',
      'uuid-ossp': '"Odd" adb_user',
      xml2: 'xml postgres',
    });
    expect(await installed()).toMatchObject({
      hstore: 'ext adb_user 1.7',
      amcheck: 'ext postgres 1.1',
      earthdistance: 'shared_postgresql postgres 1.1',
    });
    expect(
      await own(
        `SELECT nspname AS name, nspowner::regrole::text AS owner FROM pg_namespace WHERE nspname IN ('ext', 'Odd', 'xml') ORDER BY 1`,
      ),
    ).toEqual([
      { name: 'Odd', owner: 'adb_user' },
      { name: 'ext', owner: 'adb_user' },
      { name: 'xml', owner: 'postgres' },
    ]);
    const used = `SELECT similarity('a', 'a') AS alike, 'a=>1'::hstore -> 'a' AS value, uuid_nil() IS NOT NULL AS has_uuid, xml_valid('<a/>') AS is_valid`;
    for (const secret of ['a-service-db-secret', 'a-service-reporting-db-secret'])
      expect(await lab.as(secret, used)).toEqual([{ alike: 1, value: '1', has_uuid: true, is_valid: true }]);
    await expect(own('CREATE TABLE xml.planted (i int)')).rejects.toThrow('permission denied for schema xml');
    await expect(
      own('CREATE OR REPLACE FUNCTION public.moddatetime() RETURNS trigger LANGUAGE internal AS $$x$$'),
    ).rejects.toThrow();
    expect((await lab.job({ COMPARE: 'all' })).output).toMatch(/^a-service: well after \d+ ms\n1 services: 1 well, 0 not\n$/);
    expect((await lab.helmTest()).code).toBe(0);
  });

  test('are moved, and brought to another version, by whom they belong to', async () => {
    const output = await provision(`extensions: [citext], roles: { reporting: {} }, placedExtensions: {
      pg_trgm: { schema: text }, hstore: { schema: ext, version: "1.8" }, uuid-ossp: { schema: Odd }, pgcrypto: {},
      moddatetime: { schema: ext }, amcheck: { schema: ext, version: "1.2" }, earthdistance: { schema: text }, xml2: { schema: xml } }`);
    expect(output).toContain('a-service: CREATE SCHEMA text AUTHORIZATION adb_user  -- the schema of an extension is missing\n');
    expect(output).toContain(
      'a-service: ALTER EXTENSION pg_trgm SET SCHEMA text  -- the extension lies in another schema than values.yaml says\n',
    );
    expect(output).toContain(
      `a-service: DO 'BEGIN ALTER EXTENSION amcheck SET SCHEMA shared_postgresql; ALTER EXTENSION amcheck UPDATE TO ''1.2''; ALTER EXTENSION amcheck SET SCHEMA ext; END'  -- the extension is of version 1.1\n`,
    );
    expect(output).toMatch(WELL);
    expect(await installed()).toMatchObject({
      pg_trgm: 'text adb_user 1.6',
      hstore: 'ext adb_user 1.8',
      moddatetime: 'ext postgres 1.0',
      amcheck: 'ext postgres 1.2',
      earthdistance: 'text postgres 1.1',
    });
    const followed = await provision('placedExtensions: { hstore: {}, amcheck: { schema: ext } }');
    expect(followed).toMatch(
      /^a-service: reported: DO 'BEGIN .* amcheck UPDATE; .* END' {2}-- the extension is of version 1.2, and the server has 1\.[35]$/m,
    );
    expect(followed).toMatch(WELL);
  });

  test('that cannot be so are told with what to write, and keep what they have', async () => {
    const before = await installed();
    const refusals: Readonly<Record<string, string>> = {
      'xml2: { schema: public }':
        'extension xml2 lies in the schema xml, not in public, and it cannot be moved; write the schema that it has, or drop it and have it made anew',
      'pg_trgm: { schema: xml }':
        "extension pg_trgm lies in the schema text, not in xml, and that one is the admin's; write the schema that it has, or drop it and have it made anew",
      'hstore: { version: "9.9" }': 'extension hstore has no version 9.9 on this server; it has 1.4, 1.5, 1.6, 1.7, 1.8',
      'hstore: { version: "1.4" }':
        'extension hstore is of version 1.8, and nothing leads from that to 1.4; write another version',
    };
    for (const [placed, sentence] of Object.entries(refusals))
      expect(await provision(`placedExtensions: { ${placed} }`)).toContain(`a-service: ERROR:  ${sentence}\n`);
    expect(await installed()).toEqual(before);
    await own('DROP SCHEMA ext, text CASCADE');
    await lab.admin('DROP EXTENSION xml2', 'adb');
    expect(await provision('placedExtensions: { xml2: { schema: public } }')).toContain(
      'a-service: ERROR:  extension xml2 needs a schema of its own, which is not there yet: it cannot be moved, and none of it runs as the admin in public, where the service makes what it likes\n',
    );
    await own('CREATE FUNCTION public.moddatetime() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$');
    expect(await provision('placedExtensions: { moddatetime: { schema: public } }')).toMatch(
      /^a-service: ERROR: {2}function moddatetime\(\) already exists in schema "public"$/m,
    );
    expect(await installed()).toMatchObject({ moddatetime: 'shared_postgresql postgres 1.0' });
  });

  test('of the admin are built on none that lies where the service makes what it likes', async () => {
    const cube = 'cube: { schema: public }';
    expect(await provision(`placedExtensions: { ${cube} }`, 'cube, earthdistance')).toMatch(WELL);
    expect(await provision(`placedExtensions: { ${cube} }, extensions: [earthdistance]`, 'cube, earthdistance')).toContain(
      'a-service: ERROR:  extension earthdistance needs cube, which lies in the schema public, where the service makes what it likes\n',
    );
    await lab.admin('DROP EXTENSION cube', 'adb');
    expect(await provision(`placedExtensions: { ${cube} }, extensions: [earthdistance]`, 'cube, earthdistance')).toMatch(WELL);
    expect(await own('SELECT round(earth_distance(ll_to_earth(0, 0), ll_to_earth(0, 1)))::integer AS metres')).toEqual([
      { metres: 111320 },
    ]);
    // It was moved after the other was made: an upgrade makes it first nevertheless.
    const script = readFileSync(join(CHART, 'upgrade/inside.sql'), 'utf8')
      .replaceAll(":'desired'", `'{"services": []}'`)
      .replaceAll(":'service'", "'a-service'");
    const rows = await lab.admin<{ format: string }>(script, 'adb');
    const statements = rows.map(({ format }) => format).filter((each) => /EXTENSION (cube|earthdistance) /.test(each));
    expect(statements).toEqual([
      'CREATE EXTENSION cube SCHEMA public;',
      'CREATE EXTENSION earthdistance SCHEMA shared_postgresql;',
    ]);
  });

  test('of the admin are built on none in a schema of the admin where the service has a function, to which it may give another body', async () => {
    const kept = 'cube: { schema: kept }';
    await lab.admin('DROP EXTENSION IF EXISTS earthdistance; CREATE SCHEMA kept', 'adb');
    expect(await provision(`placedExtensions: { ${kept} }`, 'cube, earthdistance')).toMatch(WELL);
    await lab.admin(`CREATE FUNCTION kept.f() RETURNS int RETURN 1; ALTER FUNCTION kept.f() OWNER TO adb_user`, 'adb');
    expect(await provision(`placedExtensions: { ${kept} }, extensions: [earthdistance]`, 'cube, earthdistance')).toContain(
      'a-service: ERROR:  extension earthdistance needs cube, which lies in the schema kept, where the service makes what it likes\n',
    );
  });
});

describe('an extension whose script means one function and could find another', () => {
  /** `length('x'::varchar)` is a planted length(varchar) before it is PostgreSQL's length(text). */
  const SCRIPT = "DO $$BEGIN PERFORM length('x'::varchar); END$$;\n";
  const files = {
    'extension/careless.control': "default_version = '1.1'\nrelocatable = true\n",
    'extension/careless--1.0.sql': `${SCRIPT}CREATE FUNCTION careless() RETURNS int LANGUAGE sql AS 'SELECT 1';\n`,
    'extension/careless--1.0--1.1.sql': SCRIPT,
    'extension/trusting.control': "default_version = '1.1'\nrelocatable = true\ntrusted = true\n",
    'extension/trusting--1.0.sql': "CREATE FUNCTION trusting() RETURNS int LANGUAGE sql AS 'SELECT 1';\n",
    'extension/trusting--1.0--1.1.sql': SCRIPT,
  };
  const PLANT = `CREATE TABLE loot (role text); CREATE FUNCTION length(varchar) RETURNS int LANGUAGE plpgsql
    AS $$BEGIN INSERT INTO public.loot VALUES (current_user); RETURN 1; END$$; GRANT ALL ON loot TO PUBLIC`;

  test('runs as the admin where nobody could plant that', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    writeFiles(folder, files);
    const declareCareless = (version: string): string =>
      `image: { registry: registry.example }
postgresql: { allowedExtensions: [careless, trusting], settings: { extension_control_path: '$system:${folder}' } }
services: { a-service: { placedExtensions: { ${version} } } }\n`;
    // From 18 on a server looks for extensions where its settings say.
    const lab = await startLab(18, { values: declareCareless('') });
    expect((await lab.job()).code).toBe(0);
    await lab.as('a-service-db-secret', PLANT);
    for (const version of ['1.0', '1.1']) {
      await lab.change({ values: declareCareless(`careless: { schema: public, version: "${version}" }`) });
      expect((await lab.job()).output).toMatch(WELL);
      const rows = await lab.as(
        'a-service-db-secret',
        `SELECT extversion AS version, extnamespace::regnamespace::text AS schema, (SELECT count(*)::int FROM loot) AS looted FROM pg_extension WHERE extname = 'careless'`,
      );
      expect(rows).toEqual([{ version, schema: 'public', looted: 0 }]);
    }
    // What a service made it may add to, whoever owns it now.
    await lab.as(
      'a-service-db-secret',
      `CREATE EXTENSION trusting VERSION '1.0'; ALTER EXTENSION trusting ADD FUNCTION length(varchar); REASSIGN OWNED BY adb_user TO adb`,
    );
    await lab.change({ values: declareCareless('trusting: { version: "1.1" }') });
    const statement = "ALTER EXTENSION trusting UPDATE TO '1.1'";
    const why = `extension trusting stays of version 1.0: it belongs to adb, for whom nothing is run; have a member of that role run ${statement}, or take version out`;
    expect((await lab.job()).output).toContain(`a-service: ERROR:  ${why}\n`);
    for (const command of ['plan', 'verify'] as const)
      expect((await lab.command(command, ...(command === 'plan' ? ['--compare', 'all'] : []))).output).toContain(
        why.slice(0, why.indexOf("'")),
      );
    expect(
      await lab.admin(
        `SELECT (SELECT count(*)::int FROM public.loot) AS looted, extversion AS version FROM pg_extension WHERE extname = 'trusting'`,
        'adb',
      ),
    ).toEqual([{ looted: 0, version: '1.0' }]);
    await lab.as(
      'a-service-db-secret',
      `ALTER EXTENSION trusting DROP FUNCTION length(varchar); DROP FUNCTION length(varchar); ${statement}`,
    );
    expect((await lab.command('plan', '--compare', 'all')).output).not.toContain('trusting');
    await lab.server.end();
  });
});

function declare(entry: string, allowed = ALLOWED): string {
  return `postgresql: { allowedExtensions: [${allowed}] }\nservices:\n  a-service: { ${entry} }\n`;
}
