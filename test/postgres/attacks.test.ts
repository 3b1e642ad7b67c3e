import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { deploy } from '../tools/deployment.ts';
import { runJob } from '../tools/job.ts';
import { ADMIN_SECRET, dataOf, pick, type Manifest } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { run } from '../tools/run.ts';
import { startServer, withClient, type Server } from '../tools/server.ts';

/*
 * What a service could plant in its own database for the admin to step on. Each plant raises the service to superuser when
 * the admin's session evaluates it; the next provisioning run compares every database and must leave the login as it was.
 */
describe.each(POSTGRES_MAJORS)('what a service plants in its database on PostgreSQL %i', (major) => {
  let server: Server;
  let manifests: Manifest[];

  beforeAll(async () => {
    const args = ['--set-string', `postgresql.version=${major}`];
    ({ manifests } = await deploy({ values: 'services: { a-service: {} }\n', args }));
    server = await startServer(inject('postgres')[major], manifests);
    expect((await runJob(manifests, server.port)).code).toBe(0);
  });
  afterAll(() => server.end());

  const asService = async (sql: string): Promise<void> => {
    const { user, password, database } = dataOf(pick(manifests, 'Secret', 'a-service-db-secret'));
    await withClient({ host: '127.0.0.1', port: server.port, user, password, database }, (client) => client.query(sql));
  };

  const isSuperuser = async (): Promise<unknown> =>
    (
      await server.asAdmin((client) =>
        client.query<{ rolsuper: boolean }>(`SELECT rolsuper FROM pg_roles WHERE rolname = 'adb_user'`),
      )
    ).rows[0]?.rolsuper;

  const escalate = (name: string, args: string, returns: string, result: string): string => `
    CREATE FUNCTION ${name}(${args}) RETURNS ${returns} LANGUAGE plpgsql AS $$
    BEGIN
      EXECUTE 'ALTER ROLE adb_user SUPERUSER';
      RETURN ${result};
    EXCEPTION WHEN insufficient_privilege THEN RETURN ${result};
    END $$;`;

  const plants: Readonly<Record<string, string>> = {
    'functions that shadow those of pg_catalog': [
      escalate('public.format', 'text, name', 'text', `'SELECT 1'`),
      escalate('public.current_setting', 'text', 'text', `'{}'`),
      escalate('public.pg_get_userbyid', 'oid', 'name', `'x'`),
      escalate('public.to_regclass', 'text', 'regclass', 'NULL::regclass'),
    ].join('\n'),
    'an operator that shadows one of pg_catalog': `${escalate('public.eq', 'name, name', 'boolean', 'true')}
      CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = name, FUNCTION = public.eq);`,
    'tables that shadow the catalogs':
      'CREATE TABLE public.pg_namespace (); CREATE TABLE public.pg_class (); CREATE VIEW public.pg_proc AS SELECT 1 AS x;',
    'a search_path for its role': `ALTER ROLE adb_user SET search_path = public, pg_catalog;`,
  };

  test.each(Object.entries(plants))('%s', async (_, sql) => {
    await asService(sql);
    await server.asAdmin((client) => client.query('ALTER DATABASE adb SET search_path = public, pg_catalog'));
    const { code, output } = await runJob(manifests, server.port, { COMPARE: 'all' });
    expect(output).toContain('1 services: 1 well, 0 not\n');
    expect(code).toBe(0);
    expect(await isSuperuser()).toBe(false);
  });

  /** The immutable function that an index wants calls a volatile one, which alone may change anything. */
  const escalateIn = (body: string): string => `
    ${escalate('public.raise_itself', '', 'int', '1').replace('CREATE', 'CREATE OR REPLACE')}
    CREATE OR REPLACE FUNCTION public.planted(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN
      PERFORM public.raise_itself();
      RETURN i;
    END $$;
    ${body}`;

  test('a function in an index expression, before the admin analyses, vacuums, reindexes and refreshes', async () => {
    await asService(
      escalateIn(`CREATE TABLE indexed (i int); INSERT INTO indexed VALUES (1), (2); CREATE INDEX planted_index ON indexed (planted(i));
        CREATE MATERIALIZED VIEW seen AS SELECT planted(i) FROM indexed; CREATE STATISTICS kept ON (planted(i)), i FROM indexed;`),
    );
    for (const statement of [
      'ANALYZE',
      'VACUUM FULL indexed',
      'REINDEX TABLE indexed',
      'CLUSTER indexed USING planted_index',
      'REFRESH MATERIALIZED VIEW seen',
    ])
      await server.asAdmin((client) => client.query(statement), 'adb');
    expect(await isSuperuser()).toBe(false);
  });

  test('row policies, views, defaults, constraints and triggers, before the admin dumps', async ({ skip }) => {
    const program = join(inject('postgres')[major], 'pg_dump');
    skip(!existsSync(program), `the npm package with PostgreSQL ${major} has no pg_dump`);
    await asService(
      escalateIn(`CREATE TABLE guarded (i int DEFAULT planted(1) CHECK (planted(i) > 0)); INSERT INTO guarded VALUES (1);
        ALTER TABLE guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON guarded USING (planted(i) > 0);
        CREATE VIEW looks_like_a_table AS SELECT planted(i) FROM guarded;`),
    );
    const password = dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'] ?? '';
    const env = { PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: 'postgres', PGPASSWORD: password };
    const dump = await run(program, ['--inserts', 'adb'], { env });
    expect(dump.stdout).toContain('INSERT INTO public.guarded VALUES (1);');
    expect(await isSuperuser()).toBe(false);
  });

  test('NOTIFY reaches no session of another database, and a shared channel is none', async () => {
    const heard: string[] = [];
    await server.asAdmin(async (listener) => {
      listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
      await listener.query('LISTEN everybody');
      await asService(`NOTIFY everybody, 'from a-service'`);
      await listener.query('SELECT 1');
    });
    expect(heard).toEqual([]);
    await server.asAdmin(async (listener) => {
      listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
      await listener.query('LISTEN everybody');
      await asService(`NOTIFY everybody, 'from a-service'`);
      await listener.query('SELECT 1');
    }, 'adb');
    expect(heard).toEqual(['from a-service']);
  });

  test('these plants work as well: an admin who calls them raises the service', async () => {
    await server.asAdmin((client) => client.query('SELECT public.planted(1)'), 'adb');
    expect(await isSuperuser()).toBe(true);
    expect((await runJob(manifests, server.port)).code).toBe(0);
    expect(await isSuperuser()).toBe(false);
  });

  test('the plants work: an admin without a search_path of its own steps on them', async () => {
    await server.asAdmin((client) => client.query(`SELECT format('x', 'y'::name)`), 'adb');
    expect(await isSuperuser()).toBe(true);
    expect((await runJob(manifests, server.port)).output).toContain(
      'a-service: ALTER ROLE adb_user NOSUPERUSER  -- attributes of the role differ\n',
    );
    expect(await isSuperuser()).toBe(false);
  });
});
