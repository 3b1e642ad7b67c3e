import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import type { Model } from '../../generator/generate/model.ts';
import { expectedServices, liveServices, sharedCatalogs } from '../tools/catalog.ts';
import { CHART, VALUES } from '../tools/folders.ts';
import { template, WITH_PASSWORDS } from '../tools/helm.ts';
import { runJob } from '../tools/job.ts';
import { dataOf, parseManifests, pick, type Manifest } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import type { Result } from '../tools/run.ts';
import { startServer, withClient, type Server } from '../tools/server.ts';
import { project } from '../tools/project.ts';

describe.each(POSTGRES_MAJORS)('the reference deployment on PostgreSQL %i', (major) => {
  let model: Model;
  let manifests: Manifest[];
  let server: Server;
  let first: Result;

  beforeAll(async () => {
    ({ model } = await generate(readInput({ values: VALUES, out: CHART }, project)));
    const args = ['--values', VALUES, '--set-string', `postgresql.version=${major}`, ...WITH_PASSWORDS];
    manifests = parseManifests(await template(4, { args }));
    server = await startServer(inject('postgres')[major], manifests);
    first = await runJob(manifests, server.port);
  });
  afterAll(() => server.end());

  const secretOf = (service: string): Record<string, string> => dataOf(pick(manifests, 'Secret', `${service}-db-secret`));

  /** A session as a service has it: with the URI of its Secret, at the address where the server is in this test. */
  const asService = <T>(service: string, use: (client: pg.Client) => Promise<T>, database?: string): Promise<T> => {
    const uri = new URL(secretOf(service)['node-uri'] ?? '');
    uri.host = `127.0.0.1:${server.port}`;
    if (database !== undefined) uri.pathname = `/${database}`;
    return withClient({ connectionString: uri.href }, use);
  };

  test('the first run makes everything and says what it did for each service', () => {
    expect(first.code).toBe(0);
    for (const { name, database } of model.services) {
      expect(first.stdout).toContain(`${name}: CREATE DATABASE ${database} `);
      expect(first.stdout).toMatch(new RegExp(`^${name}: well after \\d+ ms$`, 'm'));
    }
    expect(first.stdout).toContain('3 services: 3 well, 0 not\n');
  });

  test('the second run finds nothing to do and changes nothing', async () => {
    const before = await sharedCatalogs(server);
    const second = await runJob(manifests, server.port);
    expect(second).toMatchObject({ code: 0, output: '3 services: 3 well, 0 not\n' });
    expect(await sharedCatalogs(server)).toBe(before);
  });

  test('the catalogs are as the model says', async () => {
    expect(await liveServices(server, model)).toEqual(expectedServices(model));
  });

  test('no database can be opened by PUBLIC', async () => {
    const { rows } = await server.asAdmin((client) =>
      client.query(`SELECT datname FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE grantee = 0`),
    );
    expect(rows).toEqual([]);
  });

  test('every service logs in with each form of its connection', async () => {
    for (const { name, database, user } of model.services) {
      const who = await asService(name, (client) => client.query('SELECT current_user, current_database()'));
      expect(who.rows).toEqual([{ current_user: user, current_database: database }]);

      const dotnet = readDotnet(secretOf(name)['connection-string'] ?? '');
      const config = {
        host: '127.0.0.1',
        port: server.port,
        user: dotnet.get('Username'),
        password: dotnet.get('Password'),
        database: dotnet.get('Database'),
      };
      expect((await withClient(config, (client) => client.query('SELECT current_user'))).rows).toEqual([{ current_user: user }]);
    }
  });

  test('a service is refused in every other database, and a wrong password in its own', async () => {
    const databases = [...model.services.map(({ database }) => database), 'postgres', 'template1'];
    for (const { name, database: own, user } of model.services) {
      for (const database of databases.filter((candidate) => candidate !== own)) {
        const host = `pg_hba.conf rejects connection for host "127.0.0.1", user "${user}", database "${database}", SSL encryption`;
        await expect(asService(name, (client) => client.query('SELECT 1'), database)).rejects.toThrow(host);
      }
      const config = { host: '127.0.0.1', port: server.port, user, password: 'wrong', database: own };
      await expect(withClient(config, (client) => client.query('SELECT 1'))).rejects.toThrow(
        `password authentication failed for user "${user}"`,
      );
    }
  });

  test('CONNECT granted by mistake does not open a database: the key is still missing', async () => {
    await server.asAdmin((client) => client.query('GRANT CONNECT ON DATABASE appointmentdb TO PUBLIC'));
    await expect(asService('user-service', (client) => client.query('SELECT 1'), 'appointmentdb')).rejects.toThrow(
      'pg_hba.conf rejects',
    );
    const healed = await runJob(manifests, server.port);
    expect(healed.output).toContain('appointment-service: REVOKE CONNECT ON DATABASE appointmentdb FROM PUBLIC CASCADE');
  });

  test.each([
    ['user-service', 'Tenants', `("BusinessName") VALUES ('Salon')`],
    ['user-service', 'Users', `("Username", "Email", "PasswordHash") VALUES ('grace', 'grace@example.org', '-')`],
    [
      'appointment-service',
      'Appointments',
      `("TenantId", "CustomerId", "StartsAt", "EndsAt") VALUES (gen_random_uuid(), gen_random_uuid(), now(), now() + '1h')`,
    ],
    ['notification-service', 'Notifications', `("RecipientId", "Channel", "Body") VALUES (gen_random_uuid(), 'Email', 'Hello')`],
  ])('%s uses its table %s, and the trigger keeps the time of the last change', async (service, table, row) => {
    await asService(service, async (client) => {
      const made = await client.query<{ Id: string }>(`INSERT INTO "${table}" ${row} RETURNING "Id"`);
      const change = `UPDATE "${table}" SET "CreatedAt" = "CreatedAt" WHERE "Id" = $1 RETURNING "UpdatedAt" > "CreatedAt" AS later`;
      expect((await client.query(change, [made.rows[0]?.Id])).rows).toEqual([{ later: true }]);
    });
  });

  test('user-service keeps tenants and users, and the time of their last change', async () => {
    await asService('user-service', async (client) => {
      const tenant = await client.query<{ Id: string; UpdatedAt: Date }>(
        `INSERT INTO "Tenants" ("BusinessName") VALUES ('Salon') RETURNING "Id", "UpdatedAt"`,
      );
      const [{ Id: id, UpdatedAt: before } = { Id: '', UpdatedAt: new Date() }] = tenant.rows;
      await client.query(
        `INSERT INTO "Users" ("Username", "Email", "PasswordHash", "Role", "TenantId") VALUES ('ada', 'ada@example.org', '-', 'Provider', $1)`,
        [id],
      );
      const changed = await client.query(
        `UPDATE "Tenants" SET "Phone" = '1' WHERE "Id" = $1 RETURNING "UpdatedAt" > $2 AS later`,
        [id, before],
      );
      expect(changed.rows).toEqual([{ later: true }]);
      await expect(client.query(`UPDATE "Users" SET "TenantId" = NULL`)).rejects.toThrow('CK_Users_ProviderHasTenant');
    });
  });

  test('a limit that a session cannot lift holds, and the others are its defaults', async () => {
    await asService('notification-service', async (client) => {
      expect((await client.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '5min' }]);
      await expect(client.query(`SET temp_file_limit = '10GB'`)).rejects.toThrow(
        'permission denied to set parameter "temp_file_limit"',
      );
    });
  });

  test('a service makes tables and schemas of its own, and nothing of the admin', async () => {
    await asService('appointment-service', async (client) => {
      await client.query('CREATE SCHEMA reports; CREATE TABLE reports.totals (i int); DROP SCHEMA reports CASCADE');
      await client.query('CREATE EXTENSION citext; DROP EXTENSION citext');
      const refused = {
        'CREATE ROLE other': 'permission denied to create role',
        'CREATE DATABASE other': 'permission denied to create database',
        'ALTER DATABASE appointmentdb SET search_path = evil': 'must be owner of database appointmentdb',
        'ALTER SYSTEM SET log_statement = none': 'permission denied to set parameter',
        'DELETE FROM shared_postgresql.schema_file': 'permission denied for table schema_file',
        'DROP SCHEMA shared_postgresql CASCADE': 'must be owner of schema shared_postgresql',
        'SET ROLE postgres': 'permission denied to set role "postgres"',
        'SET ROLE userdb_user': 'permission denied to set role "userdb_user"',
        'CREATE EXTENSION dblink': 'permission denied to create extension "dblink"',
        "COPY (SELECT 1) TO PROGRAM 'true'": 'to COPY to or from an external program',
        'SELECT rolpassword FROM pg_authid': 'permission denied for table pg_authid',
      };
      for (const [statement, refusal] of Object.entries(refused))
        await expect(client.query(statement), statement).rejects.toThrow(refusal);
    });
  });

  test('no password and no verifier stands in a log, a ConfigMap or the Job', () => {
    const passwords = manifests.filter(({ kind }) => kind === 'Secret').flatMap((secret) => dataOf(secret)['password'] ?? []);
    expect(passwords).toHaveLength(4);
    const elsewhere = JSON.stringify(manifests.filter(({ kind }) => kind !== 'Secret'));
    for (const password of passwords) {
      expect(password).toMatch(/^[A-Za-z0-9]{24}$/);
      for (const text of [server.log(), first.output, elsewhere]) expect(text).not.toContain(password);
    }
    expect(server.log()).toContain('LOG:  statement: ');
    expect(server.log()).not.toContain('SCRAM-SHA-256$');
  });

  test('the server runs with the files that Helm rendered', async () => {
    const { rows } = await server.asAdmin((client) =>
      client.query<{ log: string; connections: string; hba: string }>(
        `SELECT current_setting('log_statement') AS log, current_setting('max_connections') AS connections, current_setting('hba_file') AS hba`,
      ),
    );
    expect(rows[0]).toMatchObject({ log: 'all', connections: '200' });
    const hba = rows[0]?.hba ?? '';
    expect(
      readFileSync(hba, 'utf8')
        .trimEnd()
        .split('\n')
        .slice(-2)
        .map((line) => line.replace(/ +/g, ' ')),
    ).toEqual(['host samerole all all scram-sha-256', 'host all all all reject']);
  });
});

/** A .NET connection string without quotes, by its keywords. */
function readDotnet(text: string): Map<string, string> {
  return new Map(
    text.split(';').map((part): [string, string] => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
}
